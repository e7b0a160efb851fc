package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.Expectation;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Limits;
import io.dengine.config.StateStore;
import io.dengine.config.WatchSettings;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    @ParameterizedTest
    @EnumSource(ReadConsistency.class)
    void everyConsistencySeesOwnWritesOnASingleNode(ReadConsistency consistency) {
        try (DEngine engine = start()) {
            BlockingCoordinationClient store = engine.client().blocking();
            for (int i = 0; i < 50; i++) {
                long revision = store.put(bytes("k"), bytes("v" + i)).revision();
                var found = store.get(bytes("k"), consistency);
                assertThat(found.entry().value().utf8()).isEqualTo("v" + i);
                assertThat(found.revision()).isEqualTo(revision);
            }
        }
    }

    @Test
    void compareAndSetAnswersWithTheKeyAsItIsWhereItDoesNotMatch() {
        try (DEngine engine = start()) {
            BlockingCoordinationClient store = engine.client().blocking();
            assertThat(store.compareAndSet(bytes("k"), Expectation.value(bytes("x")), bytes("y")))
                    .isEqualTo(new CompareAndSetResult(false, 1, null));
            CompareAndSetResult created = store.compareAndSet(bytes("k"), Expectation.absent(), bytes("a"));
            assertThat(created.succeeded()).isTrue();
            CompareAndSetResult again = store.compareAndSet(bytes("k"), Expectation.absent(), bytes("b"));
            assertThat(again.succeeded()).isFalse();
            assertThat(again.current().value()).isEqualTo(bytes("a"));
            assertThat(store.compareAndSet(bytes("k"), Expectation.modRevision(created.revision()), bytes("c"))
                            .succeeded())
                    .isTrue();
            assertThat(store.compareAndSet(bytes("k"), Expectation.modRevision(created.revision()), bytes("d"))
                            .current()
                            .value())
                    .isEqualTo(bytes("c"));
        }
    }

    @Test
    void readsOfSeveralKeysAreOfOneRevisionAndOrdered() {
        try (DEngine engine = start()) {
            BlockingCoordinationClient store = engine.client().blocking();
            for (String key : List.of("b/2", "a", "b/1", "b/3", "c")) {
                store.put(bytes(key), bytes(key.toUpperCase(java.util.Locale.ROOT)));
            }
            var page = store.scan(ScanRequest.prefix(bytes("b/")).withLimit(2), ReadConsistency.LINEARIZABLE);
            assertThat(page.entries()).extracting(entry -> entry.key().utf8()).containsExactly("b/1", "b/2");
            assertThat(page.more()).isTrue();
            assertThat(page.revision()).isEqualTo(6);
            var rest = store.scan(
                    ScanRequest.prefix(bytes("b/")).withLimit(2).withAfter(bytes("b/2")), ReadConsistency.LINEARIZABLE);
            assertThat(rest.entries()).extracting(entry -> entry.key().utf8()).containsExactly("b/3");
            assertThat(rest.more()).isFalse();
            assertThat(store.scan(ScanRequest.prefix(ByteSequence.EMPTY), ReadConsistency.LINEARIZABLE)
                            .entries())
                    .hasSize(5);
            assertThat(store.getAll(List.of(bytes("c"), bytes("missing"), bytes("a")), ReadConsistency.LINEARIZABLE)
                            .entries()
                            .keySet())
                    .containsExactly(bytes("c"), bytes("a"));
        }
    }

    @Test
    void aKeyWithATtlGoesByItselfWithADeleteEvent() throws Exception {
        try (DEngine engine = start()) {
            BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
            engine.client()
                    .watch(
                            WatchRequest.key(bytes("lamp")).withPreviousValue(),
                            (revision, changes) -> events.addAll(changes));
            long start = System.nanoTime();
            engine.client().blocking().put(bytes("lamp"), bytes("on"), Duration.ofMillis(300));
            long acknowledged = System.nanoTime();
            assertThat(events.poll(5, TimeUnit.SECONDS).type()).isEqualTo(WatchEvent.Type.PUT);
            WatchEvent gone = events.poll(5, TimeUnit.SECONDS);
            long end = System.nanoTime();
            assertThat(gone.type()).isEqualTo(WatchEvent.Type.DELETE);
            assertThat(gone.previous().value()).isEqualTo(bytes("on"));
            assertThat(end - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
            assertThat(end - acknowledged).isLessThan(TimeUnit.MILLISECONDS.toNanos(1300));
            assertThat(engine.client()
                            .blocking()
                            .get(bytes("lamp"), ReadConsistency.LINEARIZABLE)
                            .entry())
                    .isNull();
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
    void aRevisionBehindTheHistoryIsRefusedWithTheOldestOne() {
        DEngineConfig config = DEngineConfig.embedded(directory)
                .with(new WatchSettings(4, 64 << 10, Duration.ofHours(1), 10, 16, Duration.ofSeconds(1)));
        try (DEngine engine = DEngine.start(config)) {
            engine.awaitReady(READY);
            for (int i = 0; i < 5000; i++) {
                engine.client().put(bytes("k"), bytes("v" + i)).join();
            }
            Throwable refused = catchThrowable(() ->
                    engine.client().watch(WatchRequest.key(bytes("k")).withFromRevision(2), (revision, events) -> {}));
            assertThat(refused).isInstanceOf(CompactedException.class).hasMessageContaining("revision 2");
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

    @Test
    void beyondALimitARequestIsRefusedAtOnce() {
        Limits limits = new Limits(8, 16, 10, 1000, 10, Duration.ofSeconds(5));
        try (DEngine engine = DEngine.start(DEngineConfig.embedded(directory).with(limits))) {
            engine.awaitReady(READY);
            BlockingCoordinationClient store = engine.client().blocking();
            store.put(bytes("12345678"), bytes("1234567890123456"));
            assertRefused(RefusedException.Reason.TOO_LARGE, () -> store.put(bytes("123456789"), bytes("v")));
            assertRefused(RefusedException.Reason.TOO_LARGE, () -> store.put(bytes("k"), bytes("12345678901234567")));
            assertRefused(RefusedException.Reason.INVALID, () -> store.put(ByteSequence.EMPTY, bytes("v")));
            assertRefused(RefusedException.Reason.INVALID, () -> store.put(bytes("k"), bytes("v"), Duration.ZERO));
            assertRefused(
                    RefusedException.Reason.INVALID,
                    () -> store.scan(
                            ScanRequest.prefix(ByteSequence.EMPTY).withLimit(0), ReadConsistency.LINEARIZABLE));
        }
    }

    private static void assertRefused(RefusedException.Reason reason, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    @Test
    void theLargestCommandGoesThrough() {
        try (DEngine engine = start()) {
            BlockingCoordinationClient store = engine.client().blocking();
            ByteSequence key = ByteSequence.wrap(new byte[Limits.KEY_BYTES_BOUND]);
            ByteSequence large = ByteSequence.wrap(new byte[Limits.VALUE_BYTES_BOUND]);
            store.put(key, large);
            assertThat(store.compareAndSet(key, Expectation.value(large), large).succeeded())
                    .isTrue();
        }
    }

    @Test
    void aPageEndsAtItsBoundOfBytes() {
        try (DEngine engine = start()) {
            BlockingCoordinationClient store = engine.client().blocking();
            ByteSequence large = ByteSequence.wrap(new byte[Limits.VALUE_BYTES_BOUND]);
            for (int i = 10; i < 24; i++) {
                store.put(bytes("k" + i), large);
            }
            var first = store.scan(ScanRequest.prefix(bytes("k")), ReadConsistency.LINEARIZABLE);
            assertThat(first.more()).isTrue();
            assertThat(first.entries()).hasSize(11);
            var second =
                    store.scan(ScanRequest.prefix(bytes("k")).withAfter(bytes("k20")), ReadConsistency.LINEARIZABLE);
            assertThat(second.entries()).hasSize(3);
            assertThat(second.more()).isFalse();
        }
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
    void aBlockedCallbackDelaysNobodyElse() throws Exception {
        try (DEngine engine = start()) {
            CompletableFuture<Void> gate = new CompletableFuture<>();
            // On a thread of its own: a future that is complete already runs its dependents on the caller's.
            CompletableFuture<PutResult> nested = CompletableFuture.supplyAsync(() -> engine.client()
                    .put(bytes("a"), bytes("1"))
                    .thenApply(put -> {
                        gate.join();
                        return put;
                    })
                    .join());
            engine.client().watch(WatchRequest.prefix(ByteSequence.EMPTY), (revision, events) -> gate.join());
            for (int i = 0; i < 100; i++) {
                engine.client().put(bytes("b"), bytes("v" + i)).get(5, TimeUnit.SECONDS);
            }
            gate.complete(null);
            assertThat(nested.get(5, TimeUnit.SECONDS).revision()).isGreaterThan(1);
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
