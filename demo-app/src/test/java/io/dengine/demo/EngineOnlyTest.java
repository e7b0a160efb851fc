package io.dengine.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.DEngine;
import io.dengine.api.ByteSequence;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

class EngineOnlyTest {

    @TempDir
    Path directory;

    @Test
    @Timeout(60)
    void profileEngineRunsANodeAndNoWebServer() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(FlagsApplication.class)
                .profiles("engine")
                .properties("dengine.node.data-dir=" + directory.resolve("data"))
                .run()) {
            assertThat(context).isNotInstanceOf(WebServerApplicationContext.class);
            DEngine engine = context.getBean(NodeLifecycle.class).engine().orElseThrow();
            engine.awaitReady(Duration.ofSeconds(30));
            assertThat(engine.client()
                            .blocking()
                            .put(ByteSequence.of("k"), ByteSequence.of("v"))
                            .revision())
                    .isGreaterThan(1);
        }
    }
}
