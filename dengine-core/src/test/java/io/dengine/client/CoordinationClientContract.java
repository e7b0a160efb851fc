package io.dengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.DEngine;
import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.StateStore;
import io.dengine.config.WatchSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every client of the store, wherever the node is. Each test has a prefix of its own. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class CoordinationClientContract {

    private static final Duration READY = Duration.ofSeconds(20);
    private static final DEngineConfig MEMORY = DEngineConfig.embedded(Path.of("unused"))
            .withStateStore(StateStore.MEMORY)
            .withDurability(Durability.MEMORY)
            .with(Election.ofTimeout(Duration.ofMillis(100)));

    private final AtomicInteger tests = new AtomicInteger();
    private DEngine engine;
    private Opened opened;
    private CoordinationClient client;
    private BlockingCoordinationClient store;
    private String prefix;

    /**
     * A client at work.
     *
     * @param client the client
     * @param owner what ends it
     */
    public record Opened(CoordinationClient client, AutoCloseable owner) {}

    /** Returns {@code config} with what this kind of client needs of its node. */
    protected abstract DEngineConfig configure(DEngineConfig config);

    /** Returns a client of {@code engine}, with the limits that the engine has. */
    protected abstract Opened open(DEngine engine);

    @BeforeAll
    void startNode() {
        engine = start(MEMORY);
        opened = open(engine);
        client = opened.client();
        store = client.blocking();
    }

    @AfterAll
    void closeAll() throws Exception {
        opened.owner().close();
        engine.close();
    }

    @BeforeEach
    void newPrefix() {
        prefix = "t" + tests.incrementAndGet() + "/";
    }

    private DEngine start(DEngineConfig config) {
        DEngine started = DEngine.start(configure(config));
        started.awaitReady(READY);
        return started;
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    private ByteSequence key(String name) {
        return bytes(prefix + name);
    }

    private WatchRequest everything() {
        return WatchRequest.prefix(bytes(prefix));
    }

    private static void assertRefused(Reason reason, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
        T taken = queue.poll(10, TimeUnit.SECONDS);
        assertThat(taken).as("what comes next").isNotNull();
        return taken;
    }

    @ParameterizedTest
    @EnumSource(ReadConsistency.class)
    void everyConsistencySeesOwnWritesOnASingleNode(ReadConsistency consistency) {
        for (int i = 0; i < 50; i++) {
            long revision = store.put(key("k"), bytes("v" + i)).revision();
            var found = store.get(key("k"), consistency);
            assertThat(found.entry().value().utf8()).isEqualTo("v" + i);
            assertThat(found.entry().modRevision()).isEqualTo(revision);
            assertThat(found.entry().version()).isEqualTo(i + 1);
            assertThat(found.revision()).isEqualTo(revision);
        }
    }

    @Test
    void aMissingKeyIsAnAnswer() {
        assertThat(store.get(key("none"), ReadConsistency.LINEARIZABLE).entry()).isNull();
        assertThat(client.getAll(List.of(), ReadConsistency.LOCAL).join().entries())
                .isEmpty();
    }

    @Test
    void aDeleteTellsWhetherThereWasAnything() {
        long put = store.put(key("k"), ByteSequence.EMPTY).revision();
        assertThat(store.get(key("k"), ReadConsistency.LINEARIZABLE).entry().value())
                .isEqualTo(ByteSequence.EMPTY);
        assertThat(store.delete(key("k"))).isEqualTo(new DeleteResult(put + 1, true));
        assertThat(store.delete(key("k"))).isEqualTo(new DeleteResult(put + 1, false));
    }

    @Test
    void compareAndSetAnswersWithTheKeyAsItIsWhereItDoesNotMatch() {
        CompareAndSetResult missing = store.compareAndSet(key("k"), Expectation.value(bytes("x")), bytes("y"));
        assertThat(missing.succeeded()).isFalse();
        assertThat(missing.current()).isNull();
        CompareAndSetResult created = store.compareAndSet(key("k"), Expectation.absent(), bytes("a"));
        assertThat(created.succeeded()).isTrue();
        CompareAndSetResult again = store.compareAndSet(key("k"), Expectation.absent(), bytes("b"));
        assertThat(again.succeeded()).isFalse();
        assertThat(again.current().value()).isEqualTo(bytes("a"));
        assertThat(store.compareAndSet(key("k"), Expectation.modRevision(created.revision()), bytes("c"))
                        .succeeded())
                .isTrue();
        assertThat(store.compareAndSet(key("k"), Expectation.modRevision(created.revision()), bytes("d"))
                        .current()
                        .value())
                .isEqualTo(bytes("c"));
        assertThat(store.compareAndSet(key("k"), Expectation.value(bytes("c")), bytes("e"))
                        .succeeded())
                .isTrue();
    }

    @Test
    void readsOfSeveralKeysAreOfOneRevisionAndOrdered() {
        long last = 0;
        for (String name : List.of("b/2", "a", "b/1", "b/3", "c")) {
            last = store.put(key(name), bytes(name)).revision();
        }
        ScanRequest request = ScanRequest.prefix(key("b/")).withLimit(2);
        ScanResult page = store.scan(request, ReadConsistency.LINEARIZABLE);
        assertThat(page.entries()).extracting(entry -> entry.key()).containsExactly(key("b/1"), key("b/2"));
        assertThat(page.more()).isTrue();
        assertThat(page.revision()).isEqualTo(last);
        ScanResult rest = store.scan(request.withAfter(key("b/2")), ReadConsistency.LINEARIZABLE);
        assertThat(rest.entries()).extracting(entry -> entry.key()).containsExactly(key("b/3"));
        assertThat(rest.more()).isFalse();
        assertThat(store.getAll(List.of(key("c"), key("missing"), key("a")), ReadConsistency.LINEARIZABLE)
                        .entries()
                        .keySet())
                .containsExactly(key("c"), key("a"));
    }

    @Test
    void aKeyWithATtlGoesByItselfWithADeleteEvent() throws Exception {
        BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
        try (Watch watch =
                client.watch(everything().withPreviousValue(), (revision, changes) -> events.addAll(changes))) {
            assertThat(watch.startRevision()).isPositive();
            long start = System.nanoTime();
            store.put(key("lamp"), bytes("on"), Duration.ofMillis(300));
            assertThat(take(events).type()).isEqualTo(WatchEvent.Type.PUT);
            WatchEvent gone = take(events);
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
            assertThat(gone.type()).isEqualTo(WatchEvent.Type.DELETE);
            assertThat(gone.previous().value()).isEqualTo(bytes("on"));
        }
        assertThat(store.get(key("lamp"), ReadConsistency.LINEARIZABLE).entry()).isNull();
    }

    @Test
    void aWatchFromAPastRevisionSeesEachRevisionOnceInOrder() throws Exception {
        long first = store.put(key("0"), bytes("v")).revision();
        for (int i = 1; i < 20; i++) {
            store.put(key(Integer.toString(i)), bytes("v"));
        }
        BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
        try (Watch watch = client.watch(
                everything().withFromRevision(first + 3), (revision, changes) -> revisions.add(revision))) {
            assertThat(watch.startRevision()).isEqualTo(first + 3);
            store.put(key("last"), bytes("v"));
            for (long expected = first + 3; expected <= first + 20; expected++) {
                assertThat(take(revisions)).isEqualTo(expected);
            }
        }
    }

    @Test
    void aWatchOfOneKeySeesNoOther() throws Exception {
        BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
        try (Watch watch = client.watch(WatchRequest.key(key("a")), (revision, changes) -> events.addAll(changes))) {
            store.put(key("aa"), bytes("1"));
            long put = store.put(key("a"), bytes("2")).revision();
            assertThat(watch.startRevision()).isEqualTo(put - 1);
            WatchEvent event = take(events);
            assertThat(event.key()).isEqualTo(key("a"));
            assertThat(event.revision()).isEqualTo(put);
            assertThat(event.previous()).isNull();
        }
    }

    @Test
    void anIdleWatchIsToldOfProgress() throws Exception {
        BlockingQueue<Long> progress = new LinkedBlockingQueue<>();
        try (Watch watch = client.watch(everything(), new WatchListener() {
            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                throw new AssertionError("nothing changed under this prefix");
            }

            @Override
            public void onProgress(long revision) {
                progress.add(revision);
            }
        })) {
            long elsewhere = store.put(bytes("elsewhere"), bytes("v")).revision();
            assertThat(watch.startRevision()).isLessThanOrEqualTo(elsewhere);
            assertThat(take(progress)).isGreaterThanOrEqualTo(elsewhere);
        }
    }

    @Test
    void aClosedWatchHearsNothingMore() throws Exception {
        BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
        Watch watch = client.watch(everything(), (revision, changes) -> revisions.add(revision));
        store.put(key("a"), bytes("v"));
        take(revisions);
        watch.close();
        watch.close();
        BlockingQueue<Long> others = new LinkedBlockingQueue<>();
        try (Watch other = client.watch(everything(), (revision, changes) -> others.add(revision))) {
            assertThat(other.startRevision()).isPositive();
            store.put(key("b"), bytes("v"));
            take(others);
        }
        assertThat(revisions).isEmpty();
    }

    @Test
    void aWatchMayBeClosedByItsOwnListener() throws Exception {
        CompletableFuture<Watch> self = new CompletableFuture<>();
        CompletableFuture<Long> closed = new CompletableFuture<>();
        self.complete(client.watch(everything(), (revision, changes) -> {
            self.join().close();
            closed.complete(revision);
        }));
        long put = store.put(key("a"), bytes("v")).revision();
        assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(put);
    }

    @Test
    void aListenerThatFailsEndsItsOwnWatchAlone() throws Exception {
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        BlockingQueue<Long> others = new LinkedBlockingQueue<>();
        try (Watch other = client.watch(everything(), (revision, changes) -> others.add(revision));
                Watch failing = client.watch(everything(), new WatchListener() {
                    @Override
                    public void onEvents(long revision, List<WatchEvent> events) {
                        throw new IllegalStateException("of the listener");
                    }

                    @Override
                    public void onClosed(Throwable cause) {
                        ended.complete(cause);
                    }
                })) {
            assertThat(failing.startRevision()).isGreaterThanOrEqualTo(other.startRevision());
            store.put(key("a"), bytes("v"));
            assertThat(ended.get(10, TimeUnit.SECONDS)).hasMessage("of the listener");
            store.put(key("a"), bytes("w"));
            take(others);
            take(others);
        }
    }

    @Test
    void aListenerThatLagsGetsEverythingInTheEnd() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
        ByteSequence large = ByteSequence.wrap(new byte[64 << 10]);
        try (Watch watch = client.watch(everything(), (revision, changes) -> {
            gate.join();
            revisions.add(revision);
        })) {
            List<CompletableFuture<PutResult>> puts = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                puts.add(client.put(key("k"), large)); // 32 MiB: more than any buffer on the way
            }
            puts.forEach(CompletableFuture::join);
            gate.complete(null);
            for (long revision = watch.startRevision(); revision < watch.startRevision() + 500; revision++) {
                assertThat(take(revisions)).isEqualTo(revision);
            }
        }
    }

    @Test
    void aRevisionBehindTheHistoryIsRefusedWithTheOldestOne() throws Exception {
        DEngineConfig config =
                MEMORY.with(new WatchSettings(4, 64 << 10, Duration.ofHours(1), 10, 16, Duration.ofSeconds(1)));
        try (DEngine forgetful = start(config)) {
            Opened other = open(forgetful);
            List<CompletableFuture<PutResult>> puts = IntStream.range(0, 5000)
                    .mapToObj(i -> other.client().put(bytes("k"), bytes("v" + i)))
                    .toList();
            puts.forEach(CompletableFuture::join);
            Throwable refused = catchThrowable(() ->
                    other.client().watch(WatchRequest.key(bytes("k")).withFromRevision(2), (revision, events) -> {}));
            assertThat(refused)
                    .isInstanceOfSatisfying(
                            CompactedException.class,
                            compacted -> assertThat(compacted.oldestRevision()).isGreaterThan(2))
                    .hasMessageContaining("revision 2");
            other.owner().close();
        }
    }

    @Test
    void manyWritesInFlightAreAllCarriedOutOnce() {
        long before = store.put(key("first"), bytes("v")).revision();
        List<CompletableFuture<PutResult>> writes = IntStream.range(0, 2000)
                .mapToObj(i -> client.put(key("k" + i % 10), bytes("v" + i)))
                .toList();
        assertThat(writes.stream().map(write -> write.join().revision()))
                .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(before + 1, before + 2000)
                        .boxed()
                        .toList());
    }

    @Test
    void beyondALimitARequestIsRefusedAtOnce() throws Exception {
        Limits limits = new Limits(8, 16, 10, 1000, 10, Duration.ofSeconds(5));
        try (DEngine narrow = start(MEMORY.with(limits))) {
            Opened other = open(narrow);
            BlockingCoordinationClient small = other.client().blocking();
            small.put(bytes("12345678"), bytes("1234567890123456"));
            assertRefused(Reason.TOO_LARGE, () -> small.put(bytes("123456789"), bytes("v")));
            assertRefused(Reason.TOO_LARGE, () -> small.put(bytes("k"), bytes("12345678901234567")));
            assertRefused(Reason.INVALID, () -> small.put(ByteSequence.EMPTY, bytes("v")));
            assertRefused(Reason.INVALID, () -> small.put(bytes("k"), bytes("v"), Duration.ZERO));
            assertRefused(
                    Reason.INVALID,
                    () -> small.scan(
                            ScanRequest.prefix(ByteSequence.EMPTY).withLimit(0), ReadConsistency.LINEARIZABLE));
            assertThatThrownBy(() ->
                            other.client().put(ByteSequence.EMPTY, bytes("v")).get())
                    .hasCauseInstanceOf(RefusedException.class);
            other.owner().close();
        }
    }

    @Test
    void theLargestCommandGoesThrough() {
        ByteSequence key = ByteSequence.wrap(new byte[Limits.KEY_BYTES_BOUND]);
        ByteSequence large = ByteSequence.wrap(new byte[Limits.VALUE_BYTES_BOUND]);
        store.put(key, large);
        assertThat(store.compareAndSet(key, Expectation.value(large), large).succeeded())
                .isTrue();
        assertThat(store.get(key, ReadConsistency.LINEARIZABLE).entry().value()).isEqualTo(large);
        assertThat(store.delete(key).deleted()).isTrue();
    }

    @Test
    void aPageEndsAtItsBoundOfBytes() {
        ByteSequence large = ByteSequence.wrap(new byte[Limits.VALUE_BYTES_BOUND]);
        for (int i = 10; i < 24; i++) {
            store.put(key("k" + i), large);
        }
        ScanResult first = store.scan(ScanRequest.prefix(key("k")), ReadConsistency.LINEARIZABLE);
        assertThat(first.more()).isTrue();
        assertThat(first.entries()).hasSizeBetween(10, 11);
        ByteSequence last = first.entries().get(first.entries().size() - 1).key();
        ScanResult second = store.scan(ScanRequest.prefix(key("k")).withAfter(last), ReadConsistency.LINEARIZABLE);
        assertThat(first.entries().size() + second.entries().size()).isEqualTo(14);
        assertThat(second.more()).isFalse();
    }

    @Test
    void aBlockedCallbackDelaysNobodyElse() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        // On a thread of its own: a future that is complete already runs its dependents on the caller's.
        CompletableFuture<PutResult> nested = CompletableFuture.supplyAsync(() -> client.put(key("a"), bytes("1"))
                .thenApply(put -> {
                    gate.join();
                    return put;
                })
                .join());
        try (Watch watch = client.watch(everything(), (revision, events) -> gate.join())) {
            assertThat(watch.startRevision()).isPositive();
            for (int i = 0; i < 100; i++) {
                client.put(key("b"), bytes("v" + i)).get(5, TimeUnit.SECONDS);
            }
            gate.complete(null);
            assertThat(nested.get(5, TimeUnit.SECONDS).revision()).isGreaterThan(1);
        }
    }

    @Test
    void aClosedClientRefusesAndHasAnsweredEverything() throws Exception {
        try (DEngine shortLived = start(MEMORY)) {
            Opened other = open(shortLived);
            CompletableFuture<Throwable> watchEnded = new CompletableFuture<>();
            other.client().watch(WatchRequest.prefix(ByteSequence.EMPTY), new WatchListener() {
                @Override
                public void onEvents(long revision, List<WatchEvent> events) {}

                @Override
                public void onClosed(Throwable cause) {
                    watchEnded.complete(cause);
                }
            });
            List<CompletableFuture<PutResult>> writes = IntStream.range(0, 500)
                    .mapToObj(i -> other.client().put(bytes("k"), bytes("v" + i)))
                    .toList();
            other.owner().close();
            for (CompletableFuture<PutResult> write : writes) {
                assertThat(write.handle((put, failure) -> true).get(5, TimeUnit.SECONDS))
                        .isTrue();
            }
            assertRefused(Reason.CLOSED, () -> other.client().blocking().put(bytes("k"), bytes("v")));
            assertRefused(Reason.CLOSED, () -> other.client().blocking().get(bytes("k"), ReadConsistency.LOCAL));
            assertRefused(
                    Reason.CLOSED,
                    () -> other.client().watch(WatchRequest.prefix(ByteSequence.EMPTY), (revision, events) -> {}));
            assertThat(watchEnded.get(5, TimeUnit.SECONDS)).isInstanceOf(RefusedException.class);
        }
    }
}
