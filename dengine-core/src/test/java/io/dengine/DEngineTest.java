package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchRequest;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.StateStore;
import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.node.NodeHealth;
import io.dengine.storage.StorageFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One embedded node, as its user meets it. */
@Timeout(60)
class DEngineTest {

    private static final Duration READY = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    private DEngine start() {
        DEngine engine = DEngine.start(directory);
        engine.awaitReady(READY);
        assertThat(engine.isLeader()).isTrue();
        return engine;
    }

    @Test
    void whatWasPutIsThereAfterARestart() {
        PutResult put;
        try (DEngine engine = start()) {
            put = engine.client().blocking().put(bytes("greeting"), bytes("hello"));
            assertThat(put.revision()).isEqualTo(2);
        }
        try (DEngine engine = start()) {
            var found = engine.client().blocking().get(bytes("greeting"), ReadConsistency.LINEARIZABLE);
            assertThat(found.entry().value()).isEqualTo(bytes("hello"));
            assertThat(found.entry().modRevision()).isEqualTo(put.revision());
            assertThat(found.revision()).isEqualTo(put.revision());
        }
    }

    @Test
    void aWatchResumesFromAPastRevisionAcrossARestart() throws Exception {
        try (DEngine engine = start()) {
            for (int i = 0; i < 20; i++) {
                engine.client().blocking().put(bytes("k" + i), bytes("v"));
            }
        }
        try (DEngine engine = start()) {
            BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
            engine.client()
                    .watch(
                            WatchRequest.prefix(ByteSequence.EMPTY).withFromRevision(5),
                            (revision, changes) -> revisions.add(revision));
            engine.client().blocking().put(bytes("last"), bytes("v"));
            for (long expected = 5; expected <= 22; expected++) {
                assertThat(revisions.poll(5, TimeUnit.SECONDS)).isEqualTo(expected);
            }
        }
    }

    @Test
    void manyWritesInFlightAreAllAppliedInOrder() {
        try (DEngine engine = start()) {
            List<CompletableFuture<PutResult>> writes = IntStream.range(0, 2000)
                    .mapToObj(i -> engine.client().put(bytes("k" + i % 10), bytes("v" + i)))
                    .toList();
            long expected = 2;
            for (CompletableFuture<PutResult> write : writes) {
                assertThat(write.join().revision()).isEqualTo(expected++);
            }
        }
    }

    private static void assertRefused(RefusedException.Reason reason, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    @Test
    void aClosedNodeRefusesAndAnswersEverything() {
        DEngine engine = start();
        List<CompletableFuture<PutResult>> writes = IntStream.range(0, 500)
                .mapToObj(i -> engine.client().put(bytes("k"), bytes("v" + i)))
                .toList();
        engine.close();
        assertThat(writes).allSatisfy(write -> assertThat(write).isDone());
        assertRefused(
                RefusedException.Reason.CLOSED, () -> engine.client().blocking().put(bytes("k"), bytes("v")));
        assertRefused(
                RefusedException.Reason.CLOSED,
                () -> engine.client().blocking().get(bytes("k"), ReadConsistency.LOCAL));
        assertThat(engine.status().health()).isEqualTo(NodeHealth.CLOSED);
        engine.close();
    }

    @Test
    void aDirectoryInUseIsRefusedWithAText() {
        try (DEngine engine = start()) {
            assertThatThrownBy(() -> DEngine.start(directory))
                    .isInstanceOfSatisfying(
                            StorageFailure.class,
                            failure -> assertThat(failure.kind()).isEqualTo(StorageFailure.Kind.LOCKED))
                    .hasMessageContaining(directory.toString());
            assertThat(engine.isLeader()).isTrue();
        }
    }

    @Test
    void leaderListenersHearOfTheLeaderOnceItIsReady() throws Exception {
        BlockingQueue<LeaderChange> changes = new LinkedBlockingQueue<>();
        try (DEngine engine = start();
                AutoCloseable registration = engine.addLeaderListener(changes::add)) {
            assertThat(registration).isNotNull();
            LeaderChange change = changes.poll(5, TimeUnit.SECONDS);
            while (change != null && !change.self()) {
                change = changes.poll(5, TimeUnit.SECONDS);
            }
            assertThat(change.leader()).isEqualTo(engine.nodeId());
            assertThat(engine.leader()).contains(engine.nodeId());
        }
    }

    @Test
    void memoryDurabilityTouchesNoDisk() {
        DEngineConfig config = DEngineConfig.embedded(directory.resolve("none"))
                .withStateStore(StateStore.MEMORY)
                .withDurability(Durability.MEMORY);
        try (DEngine engine = DEngine.start(config)) {
            engine.awaitReady(READY);
            engine.client().blocking().put(bytes("k"), bytes("v"));
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void theMemoryStoreIsRebuiltFromTheLog() {
        DEngineConfig config = DEngineConfig.embedded(directory).withStateStore(StateStore.MEMORY);
        try (DEngine engine = DEngine.start(config)) {
            engine.awaitReady(READY);
            engine.client().blocking().put(bytes("k"), bytes("v"));
        }
        try (DEngine engine = DEngine.start(config)) {
            engine.awaitReady(READY);
            assertThat(engine.client()
                            .blocking()
                            .get(bytes("k"), ReadConsistency.LINEARIZABLE)
                            .entry()
                            .value())
                    .isEqualTo(bytes("v"));
        }
    }

    @Test
    void readinessMayBeAwaitedForEver() {
        try (DEngine engine = DEngine.start(directory)) {
            engine.awaitReady(Duration.ofMillis(Long.MAX_VALUE));
            assertThat(engine.status().pendingReads()).isZero();
        }
    }

    @Test
    void aCloseOnAnInterruptedThreadIsAWholeClose() {
        DEngine engine = start();
        engine.client().blocking().put(bytes("k"), bytes("v"));
        Thread.currentThread().interrupt();
        engine.close();
        assertThat(Thread.interrupted()).isTrue();
        try (DEngine again = start()) {
            assertThat(again.client()
                            .blocking()
                            .get(bytes("k"), ReadConsistency.LINEARIZABLE)
                            .entry())
                    .isNotNull();
        }
    }

    @Test
    void whoeverClosesReturnsOnlyWhenAllIsClosed() throws Exception {
        DEngine engine = start();
        CompletableFuture<Void> other = CompletableFuture.runAsync(engine::close);
        engine.close();
        start().close();
        other.get(20, TimeUnit.SECONDS);
    }

    @Test
    void aListenerThatLeavesItsThreadInterruptedHurtsNobody() throws Exception {
        try (DEngine engine = start()) {
            for (int i = 0; i < 4; i++) {
                engine.client().blocking().put(bytes("k" + i), ByteSequence.wrap(new byte[100_000]));
            }
        }
        try (DEngine engine = start()) {
            BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
            engine.client().watch(WatchRequest.prefix(bytes("k")).withFromRevision(2), (revision, changes) -> {
                revisions.add(revision);
                Thread.currentThread().interrupt();
            });
            for (long revision = 2; revision < 6; revision++) {
                assertThat(revisions.poll(20, TimeUnit.SECONDS)).isEqualTo(revision);
            }
            engine.client().blocking().put(bytes("k"), bytes("v"));
            assertThat(revisions.poll(20, TimeUnit.SECONDS)).isEqualTo(6);
        }
    }
}
