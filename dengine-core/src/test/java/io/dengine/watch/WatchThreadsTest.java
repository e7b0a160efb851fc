package io.dengine.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.config.WatchSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same promises with real threads. */
@Timeout(30)
class WatchThreadsTest {

    private static final WatchRequest EVERYTHING = WatchRequest.prefix(ByteSequence.EMPTY);

    private final Store store = new Store();
    private final ExecutorService callbacks = Executors.newFixedThreadPool(4);
    private final ExecutorService users = Executors.newFixedThreadPool(2);
    private final WatchSettings settings =
            new WatchSettings(1_000_000, 64 << 20, Duration.ofHours(1), 10_000, 3, Duration.ofMillis(1));
    private EventHistory history = EventHistory.open(new HeapDisk(), Path.of("watch"), settings, 1);
    private final WatchHub hub = new WatchHub(history, settings, 1, callbacks);

    @AfterEach
    void stop() throws InterruptedException {
        hub.close();
        callbacks.shutdown();
        users.shutdownNow();
        assertThat(callbacks.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        history.close();
    }

    private void publish(int revisions, long nowMillis) {
        hub.publish(store.puts("key", revisions), store.revision(), nowMillis);
    }

    /** Checks that every revision comes once and in order, and that progress is never ahead of it. */
    private static final class Follower implements WatchListener {

        private final AtomicLong told;
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicReference<String> breach = new AtomicReference<>();
        private final AtomicReference<Throwable> end = new AtomicReference<>();

        Follower(long from) {
            told = new AtomicLong(from - 1);
        }

        @Override
        public void onEvents(long revision, List<WatchEvent> events) {
            if (running.getAndIncrement() != 0) {
                breach.set("two calls at a time");
            }
            if (told.getAndSet(revision) != revision - 1) {
                breach.compareAndSet(null, "revision " + revision + " out of order");
            }
            running.decrementAndGet();
        }

        @Override
        public void onProgress(long revision) {
            if (revision != told.get()) {
                breach.compareAndSet(null, "progress " + revision + " after " + told);
            }
        }

        @Override
        public void onClosed(Throwable cause) {
            end.set(cause);
        }
    }

    @Test
    void everyRevisionArrivesOnceAndInOrderWhileAllThreadsRun() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Follower> followers = new ArrayList<>();
        List<Future<?>> coming = new ArrayList<>();
        for (int user = 0; user < 2; user++) {
            coming.add(users.submit(() -> {
                while (!stop.get()) {
                    Follower passing = new Follower(2);
                    hub.watch(EVERYTHING.withFromRevision(2), passing).close();
                    assertThat(passing.breach).hasNullValue();
                }
            }));
        }
        for (int i = 0; i < 1500; i++) {
            if (i % 100 == 0) {
                Follower past = new Follower(2);
                hub.watch(EVERYTHING.withFromRevision(2), past);
                Follower present = new Follower(store.revision() + 1);
                hub.watch(EVERYTHING, present);
                followers.add(past);
                followers.add(present);
            }
            publish(1 + i % 5, i);
            hub.tick(i);
        }
        stop.set(true);
        for (Future<?> user : coming) {
            user.get(10, TimeUnit.SECONDS);
        }
        Awaitility.await()
                .untilAsserted(() -> assertThat(followers)
                        .allSatisfy(follower -> assertThat(follower.told).hasValue(store.revision())));
        assertThat(followers).allSatisfy(follower -> {
            assertThat(follower.breach).hasNullValue();
            assertThat(follower.end).hasNullValue();
        });
        assertThat(hub.watchCount()).isEqualTo(followers.size());
    }

    @Test
    void everyRevisionArrivesOnceAndInOrderOverRestarts() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Follower> followers = new ArrayList<>();
        Future<?> coming = users.submit(() -> {
            while (!stop.get()) {
                Follower passing = new Follower(2);
                hub.watch(EVERYTHING.withFromRevision(2), passing).close();
                assertThat(passing.breach).hasNullValue();
                assertThat(passing.end).hasNullValue();
            }
        });
        for (int i = 0; i < 300; i++) {
            if (i % 20 == 0) {
                Follower past = new Follower(2);
                hub.watch(EVERYTHING.withFromRevision(2), past);
                Follower present = new Follower(store.revision() + 1);
                hub.watch(EVERYTHING, present);
                followers.add(past);
                followers.add(present);
            }
            if (i % 5 == 4) {
                store.puts("key", i % 3 * 10);
                history = EventHistory.open(new HeapDisk(), Path.of("watch"), settings, 1);
                history.append(store.changes(2, store.revision()), i);
                hub.restart(history, store.revision());
            } else {
                publish(1 + i % 5, i);
            }
            hub.tick(i);
        }
        stop.set(true);
        coming.get(10, TimeUnit.SECONDS);
        Awaitility.await()
                .untilAsserted(() -> assertThat(followers)
                        .allSatisfy(follower -> assertThat(follower.told).hasValue(store.revision())));
        assertThat(followers).allSatisfy(follower -> {
            assertThat(follower.breach).hasNullValue();
            assertThat(follower.end).hasNullValue();
        });
    }

    @Test
    void noCallBeginsAfterCloseHasReturned() {
        for (int i = 0; i < 300; i++) {
            AtomicBoolean closed = new AtomicBoolean();
            AtomicBoolean late = new AtomicBoolean();
            Watch watch = hub.watch(EVERYTHING, (revision, events) -> late.compareAndSet(false, closed.get()));
            publish(5, i);
            watch.close();
            closed.set(true);
            publish(1, i);
            assertThat(late).isFalse();
        }
    }

    @Test
    void closeWaitsForTheCallThatRuns() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicBoolean left = new AtomicBoolean();
        Watch watch = hub.watch(EVERYTHING, (revision, events) -> {
            entered.countDown();
            awaitQuietly(leave);
            left.set(true);
        });
        publish(2, 0);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        Future<Boolean> leftAtReturn = users.submit(() -> {
            watch.close();
            return left.get();
        });
        Awaitility.await().until(() -> hub.watchCount() == 0);
        assertThat(leftAtReturn).isNotDone();
        leave.countDown();
        assertThat(leftAtReturn.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void listenersMayCloseEachOthersWatches() throws Exception {
        CountDownLatch bothRun = new CountDownLatch(2);
        CountDownLatch bothDone = new CountDownLatch(2);
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int other = 1 - i;
            watches.add(hub.watch(EVERYTHING, (revision, events) -> {
                bothRun.countDown();
                awaitQuietly(bothRun);
                watches.get(other).close();
                bothDone.countDown();
            }));
        }
        publish(1, 0);
        assertThat(bothDone.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(hub.watchCount()).isZero();
    }

    @Test
    void aListenerThatBlocksHoldsUpNeitherPublishingNorOthers() {
        CountDownLatch leave = new CountDownLatch(1);
        hub.watch(EVERYTHING, (revision, events) -> awaitQuietly(leave));
        Follower other = new Follower(2);
        hub.watch(EVERYTHING, other);
        publish(500, 0);
        Awaitility.await().untilAsserted(() -> assertThat(other.told).hasValue(501));
        assertThat(other.breach).hasNullValue();
        leave.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
