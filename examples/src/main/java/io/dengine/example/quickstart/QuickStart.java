package io.dengine.example.quickstart;

import io.dengine.DEngine;
import io.dengine.api.ByteSequence;
import io.dengine.api.ReadConsistency;
import java.nio.file.Path;
import java.time.Duration;

/** One embedded node. */
public final class QuickStart {

    private QuickStart() {}

    /** Writes a key, and returns what was read. */
    public static String run(Path dataDir) {
        try (DEngine engine = DEngine.start(dataDir)) {
            engine.awaitReady(Duration.ofSeconds(10));
            var store = engine.client().blocking();
            store.put(ByteSequence.of("greeting"), ByteSequence.of("hello"));
            var read = store.get(ByteSequence.of("greeting"), ReadConsistency.LINEARIZABLE);
            return String.valueOf(read.entry());
        }
    }
}
