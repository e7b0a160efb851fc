package io.dengine.demo;

import io.dengine.DEngine;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The cluster as this node sees it; answered from memory, also while there is no leader. */
@RestController
final class ClusterController {

    private final DEngine engine;

    ClusterController(DEngine engine) {
        this.engine = engine;
    }

    @GetMapping("/api/cluster")
    ClusterView cluster() {
        return ClusterView.of(engine.status());
    }
}
