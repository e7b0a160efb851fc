package io.dengine.demo;

import io.dengine.DEngine;
import io.dengine.api.RefusedException;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The cluster as this node sees it; answered from memory, also while there is no leader. */
@RestController
final class ClusterController {

    private final NodeLifecycle node;

    ClusterController(NodeLifecycle node) {
        this.node = node;
    }

    @GetMapping("/api/cluster")
    ClusterView cluster() {
        DEngine engine = node.engine()
                .orElseThrow(() -> new RefusedException(RefusedException.Reason.CLOSED, "the node is stopped"));
        return ClusterView.of(engine.status());
    }
}
