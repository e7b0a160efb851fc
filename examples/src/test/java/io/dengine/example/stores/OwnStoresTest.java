package io.dengine.example.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.DEngine;
import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.ReadConsistency;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnStoresTest {

    private static final ByteSequence KEY = ByteSequence.of("greeting");

    @TempDir
    private Path data;

    @Test
    void whatWasWrittenIsThereAfterARestart() {
        try (DEngine engine = OwnStores.start(data)) {
            engine.awaitReady(Duration.ofSeconds(30));
            BlockingCoordinationClient store = engine.client().blocking();
            for (int i = 0; i < 100; i++) {
                store.put(KEY, ByteSequence.of("hello " + i));
            }
        }
        assertThat(data.resolve("log/log.mv")).exists();
        assertThat(data.resolve("generation-1/state/table.mv")).exists();
        try (DEngine engine = OwnStores.start(data)) {
            engine.awaitReady(Duration.ofSeconds(30));
            assertThat(engine.client()
                            .blocking()
                            .get(KEY, ReadConsistency.LINEARIZABLE)
                            .entry()
                            .value())
                    .isEqualTo(ByteSequence.of("hello 99"));
        }
    }
}
