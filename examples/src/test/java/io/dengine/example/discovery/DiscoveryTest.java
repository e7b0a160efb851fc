package io.dengine.example.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngine;
import io.dengine.api.BlockingCoordinationClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path data;

    private DEngine engine;
    private BlockingCoordinationClient store;

    @BeforeEach
    void start() {
        engine = DEngine.start(data);
        engine.awaitReady(PATIENCE);
        store = engine.client().blocking();
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void instancesComeStayAndGo() {
        Registration first = new Registration(store, "billing", "a", "10.0.0.1:80", Duration.ofMinutes(1));
        try (ServiceList list = new ServiceList(engine.client(), "billing")) {
            assertThat(list.instances()).isEqualTo(Map.of("a", "10.0.0.1:80"));
            Registration second = new Registration(store, "billing", "b", "10.0.0.2:80", Duration.ofMillis(900));
            Registration other = new Registration(store, "shipping", "a", "10.0.0.3:80", Duration.ofMinutes(1));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(list.instances()).containsOnlyKeys("a", "b"));
            first.close();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(list.instances()).isEqualTo(Map.of("b", "10.0.0.2:80")));
            second.abandon();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(list.instances()).isEmpty());
            other.close();
        }
    }

    @Test
    void aRenewedInstanceOutlivesItsTtl() {
        Duration ttl = Duration.ofMillis(900);
        try (ServiceList list = new ServiceList(engine.client(), "billing");
                Registration renewed = new Registration(store, "billing", "a", "10.0.0.1:80", ttl);
                Registration marker = new Registration(store, "billing", "z", "10.0.0.9:80", ttl)) {
            marker.abandon(); // goes after its TTL: by then the other has needed a renewal
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(list.instances()).containsOnlyKeys("a"));
            assertThat(renewed).isNotNull();
        }
    }
}
