package io.dengine.example.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.DEngine;
import io.dengine.api.ByteSequence;
import io.dengine.api.ReadConsistency;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadsTest {

    private static final ByteSequence KEY = ByteSequence.of("k");

    @Test
    void ownWritesAreAlwaysSeen(@TempDir Path data) {
        try (DEngine engine = DEngine.start(data)) {
            engine.awaitReady(Duration.ofSeconds(30));
            ReadYourWrites store = new ReadYourWrites(engine.client().blocking());
            for (int i = 0; i < 200; i++) {
                ByteSequence value = ByteSequence.of("v" + i);
                store.put(KEY, value);
                assertThat(store.get(KEY).entry()).isNotNull();
                assertThat(store.get(KEY).entry().value()).isEqualTo(value);
            }
        }
    }

    @Test
    void everyConsistencyTellsItsRevision(@TempDir Path data) {
        try (DEngine engine = DEngine.start(data)) {
            engine.awaitReady(Duration.ofSeconds(30));
            var store = engine.client().blocking();
            long written = store.put(KEY, KEY).revision();
            for (ReadConsistency consistency : ReadConsistency.values()) {
                assertThat(store.get(KEY, consistency).revision())
                        .as("%s", consistency)
                        .isEqualTo(written);
            }
        }
    }
}
