package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.FatalException;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.config.DEngineConfig;
import io.dengine.config.StateStore;
import io.dengine.node.EngineMeter;
import io.dengine.node.NodeHealth;
import io.dengine.storage.SimDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a node does when its disk does not. */
class FailingDiskNodeTest {

    private static final Duration READY = Duration.ofSeconds(20);

    private final SimDisk disk = new SimDisk(new Random(7));
    private final DEngineConfig config =
            DEngineConfig.embedded(Path.of("/data")).withStateStore(StateStore.MEMORY);

    private DEngine start() {
        DEngine engine = DEngine.start(config, EngineMeter.NONE, disk);
        engine.awaitReady(READY);
        return engine;
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    /** Writes until one fails; returns how many were acknowledged before. */
    private static int writeUntilFailure(BlockingCoordinationClient store) {
        for (int i = 0; i < 100_000; i++) {
            int number = i;
            Throwable failure = catchThrowable(() -> store.put(bytes("k" + number), ByteSequence.wrap(new byte[500])));
            if (failure != null) {
                assertThat(failure).isInstanceOf(CoordinationException.class).isNotInstanceOf(RefusedException.class);
                return number;
            }
        }
        throw new AssertionError("the disk never failed");
    }

    private void assertLeftAndExplained(DEngine engine, NodeHealth health, String text) {
        assertThat(engine.status().health()).isEqualTo(health);
        assertThat(engine.status().detail()).contains(text);
        assertThat(engine.isLeader()).isFalse();
        for (Runnable call : new Runnable[] {
            () -> engine.client().blocking().put(bytes("x"), bytes("y")),
            () -> engine.client().blocking().get(bytes("x"), ReadConsistency.LINEARIZABLE),
            () -> engine.client().blocking().get(bytes("x"), ReadConsistency.LEASE),
            () -> engine.client().blocking().get(bytes("x"), ReadConsistency.LOCAL)
        }) {
            assertThat(catchThrowable(call::run))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.UNAVAILABLE));
        }
    }

    private void assertAllThere(DEngine engine, int acknowledged) {
        for (int i = 0; i < acknowledged; i++) {
            assertThat(engine.client()
                            .blocking()
                            .get(bytes("k" + i), ReadConsistency.LINEARIZABLE)
                            .entry())
                    .as("write %s", i)
                    .isNotNull();
        }
    }

    @Test
    void aFailedSyncEndsTheNodeAndLosesNothingAcknowledged() {
        int acknowledged;
        try (DEngine engine = start()) {
            BlockingCoordinationClient store = engine.client().blocking();
            for (int i = 0; i < 50; i++) {
                store.put(bytes("k" + i), bytes("v"));
            }
            disk.failNextForce();
            Throwable failure = catchThrowable(() -> store.put(bytes("lost"), bytes("v")));
            assertThat(failure).isInstanceOf(FatalException.class);
            await().atMost(READY).until(() -> engine.status().health() == NodeHealth.FAILED);
            assertLeftAndExplained(engine, NodeHealth.FAILED, "must be restarted");
            acknowledged = 50;
        }
        disk.crash();
        try (DEngine engine = start()) {
            assertAllThere(engine, acknowledged);
        }
    }

    @Test
    void aFullDiskEndsTheNodeUntilThereIsSpaceAndARestart() {
        int acknowledged;
        try (DEngine engine = start()) {
            engine.client().blocking().put(bytes("k0"), bytes("v"));
            disk.setFull(true);
            acknowledged = writeUntilFailure(engine.client().blocking());
            await().atMost(READY).until(() -> engine.status().health() == NodeHealth.DISK_FULL);
            assertLeftAndExplained(engine, NodeHealth.DISK_FULL, "free some space");
        }
        disk.setFull(false);
        try (DEngine engine = start()) {
            assertAllThere(engine, acknowledged);
            engine.client().blocking().put(bytes("again"), bytes("v"));
        }
    }
}
