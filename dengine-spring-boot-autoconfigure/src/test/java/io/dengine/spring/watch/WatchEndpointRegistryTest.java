package io.dengine.spring.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.spring.InMemoryClient;
import io.dengine.spring.core.StringValueConverter;
import io.dengine.spring.core.ValueConverters;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.util.ReflectionUtils;

@Timeout(30)
class WatchEndpointRegistryTest {

    private final InMemoryClient store = new InMemoryClient();
    private final List<WatchErrorHandler.Failure> failures = new CopyOnWriteArrayList<>();
    private final SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor("watch-");
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private final WatchEndpointRegistry registry = new WatchEndpointRegistry(
            store, new ValueConverters(List.of(new StringValueConverter())), this::onThread, failures::add);
    private final Listener listener = new Listener();

    @AfterEach
    void stop() {
        registry.stop();
    }

    @Test
    void existingKeysComeFirstThenChangesWithoutAGap() {
        put("/k/a", "1");
        put("/k/b", "2");
        put("/other", "x");
        watch("/k/", true, true);
        registry.start();
        sees("INITIAL PUT /k/a=1 @2", "INITIAL PUT /k/b=2 @3");

        put("/k/a", "3");
        delete("/k/b");

        sees(
                "INITIAL PUT /k/a=1 @2",
                "INITIAL PUT /k/b=2 @3",
                "CHANGE PUT /k/a=3 was 1 @5",
                "CHANGE DELETE /k/b was 2 @6");
    }

    @Test
    void withoutInitialOnlyChangesCome() {
        put("/k", "1");
        watch("/k", false, false);
        registry.start();
        follows();

        put("/k", "2");
        put("/k2", "not mine");
        put("/k", "3");

        sees("CHANGE PUT /k=2 was 1 @3", "CHANGE PUT /k=3 was 2 @5");
    }

    @Test
    void changesBetweenTheStartAndItsThreadsFirstReadAreNotMissed() {
        put("/k/old", "1");
        watch("/k/", true, false);
        gate = new CountDownLatch(1);
        registry.start();
        put("/k/new", "1");
        put("/k/old", "2");
        delete("/k/old");
        gate.countDown();

        sees("CHANGE PUT /k/new=1 @3", "CHANGE PUT /k/old=2 was 1 @4", "CHANGE DELETE /k/old was 2 @5");
    }

    @Test
    void brokenSubscriptionResumesAtTheNextRevision() {
        watch("/k", false, false);
        registry.start();
        follows();
        put("/k", "1");
        sees("CHANGE PUT /k=1 @2");

        store.refuseWith(RefusedException.Reason.NO_LEADER);
        store.breakWatches(false);
        store.refuseWith(null);
        put("/k", "2");
        put("/k", "3");

        sees("CHANGE PUT /k=1 @2", "CHANGE PUT /k=2 was 1 @3", "CHANGE PUT /k=3 was 2 @4");
    }

    @Test
    void lostHistoryIsMadeUpForByReadingAgainDeletesIncluded() {
        put("/k/kept", "1");
        put("/k/gone", "1");
        put("/k/changed", "1");
        watch("/k/", true, false);
        registry.start();
        follows();
        registry.stop("watch");

        delete("/k/gone");
        put("/k/changed", "2");
        put("/k/new", "1");
        put("/k/changed", "3");
        store.breakWatches(true);
        registry.start("watch");

        sees("RESYNC PUT /k/new=1 @7", "RESYNC PUT /k/changed=3 @8", "RESYNC DELETE /k/gone @8");
        put("/k/kept", "2");
        sees(
                "RESYNC PUT /k/new=1 @7",
                "RESYNC PUT /k/changed=3 @8",
                "RESYNC DELETE /k/gone @8",
                "CHANGE PUT /k/kept=2 was 1 @9");
    }

    @Test
    void stoppedWatchGoesOnWhereItStopped() {
        watch("/k", false, false);
        registry.start();
        follows();
        registry.stop("watch");
        assertThat(registry.isRunning("watch")).isFalse();
        assertThat(store.openWatches()).isZero();

        put("/k", "1");
        put("/k", "2");
        registry.start("watch");

        sees("CHANGE PUT /k=1 @2", "CHANGE PUT /k=2 was 1 @3");
    }

    @Test
    void pauseStopsWhatRunsAndRestartStartsJustThat() {
        watch("/k", false, false);
        registry.register(endpoint("manual", "/m", false, false, false));
        registry.start();
        follows();
        assertThat(registry.isRunning("manual")).isFalse();

        registry.stop();
        assertThat(registry.isRunning("watch")).isFalse();
        put("/k", "1");
        registry.start();

        sees("CHANGE PUT /k=1 @2");
        assertThat(registry.isRunning("manual")).isFalse();
        registry.start("manual");
        assertThat(registry.isRunning("manual")).isTrue();
    }

    @Test
    void emptiedStoreIsNoticedByARestartedWatch() {
        put("/k/a", "1");
        put("/k/b", "1");
        put("/other", "1");
        watch("/k/", true, true);
        registry.start();
        sees("INITIAL PUT /k/a=1 @2", "INITIAL PUT /k/b=1 @3");
        registry.stop();

        store.wipe();
        put("/k/a", "9");
        registry.start();

        sees("INITIAL PUT /k/a=1 @2", "INITIAL PUT /k/b=1 @3", "RESYNC PUT /k/a=9 @2", "RESYNC DELETE /k/b @2");
    }

    @Test
    void refusingStoreIsTriedUntilItAnswers() {
        put("/k", "1");
        store.refuseWith(RefusedException.Reason.NO_LEADER);
        watch("/k", false, true);
        registry.start();
        assertThat(registry.isRunning("watch")).isTrue();

        store.refuseWith(null);

        sees("INITIAL PUT /k=1 @2");
    }

    @Test
    void failedCallGoesToTheHandlerAndTheWatchGoesOn() {
        listener.onValue = value -> {
            if (value.equals("bad")) {
                throw new IllegalArgumentException("cannot take it");
            }
        };
        watch("/k", false, false);
        registry.start();
        follows();

        put("/k", "bad");
        put("/k", "good");

        sees("CHANGE PUT /k=bad @2", "CHANGE PUT /k=good was bad @3");
        assertThat(failures).hasSize(1);
        assertThat(failures.get(0).key()).isEqualTo("/k");
        assertThat(failures.get(0).revision()).isEqualTo(2);
        assertThat(failures.get(0).cause()).hasMessage("cannot take it");
    }

    @Test
    void throwingHandlerStopsTheWatchBeforeTheFailedRevision() {
        boolean[] fail = {true};
        listener.onValue = value -> {
            if (fail[0]) {
                throw new IllegalArgumentException("not yet");
            }
        };
        WatchErrorHandler strict = failure -> {
            throw new IllegalStateException(failure.cause());
        };
        WatchEndpoint lenient = endpoint("strict", "/k", false, false, true);
        registry.register(
                new WatchEndpoint(lenient.id(), lenient.key(), false, false, true, listener, lenient.method(), strict));
        registry.start();
        follows();
        put("/k", "1");
        await().until(() -> !registry.isRunning("strict"));

        fail[0] = false;
        registry.start("strict");

        sees("CHANGE PUT /k=1 @2", "CHANGE PUT /k=1 @2");
    }

    @Test
    void slowMethodFallsBehindAndLosesNothing() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        listener.onValue = value -> uninterruptibly(release);
        watch("/k", false, false);
        registry.start();
        follows();

        for (int i = 0; i < 500; i++) {
            put("/k", String.valueOf(i));
        }
        release.countDown();

        await().atMost(Duration.ofSeconds(10)).until(() -> listener.seen.size() == 500);
        assertThat(listener.seen.get(499)).isEqualTo("CHANGE PUT /k=499 was 498 @501");
        assertThat(store.watchesStarted()).isEqualTo(1);
    }

    @Test
    void stopWaitsForTheCallUnderWay() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        listener.onValue = value -> {
            entered.countDown();
            uninterruptibly(release);
        };
        watch("/k", false, false);
        registry.start();
        follows();
        put("/k", "1");
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        Thread stopper = new Thread(() -> registry.stop("watch"));
        stopper.start();
        await().until(() -> stopper.getState() == Thread.State.TIMED_WAITING);
        assertThat(stopper.isAlive()).isTrue();
        release.countDown();

        stopper.join(10_000);
        assertThat(stopper.isAlive()).isFalse();
        assertThat(listener.seen).containsExactly("CHANGE PUT /k=1 @2");
    }

    @Test
    void watchMayStopItself() {
        listener.onValue = value -> registry.stop("watch");
        watch("/k", false, false);
        registry.start();
        follows();

        put("/k", "1");

        await().until(() -> store.openWatches() == 0);
        assertThat(registry.isRunning("watch")).isFalse();
    }

    @Test
    void permanentRefusalStopsTheWatch() {
        store.refuseWith(RefusedException.Reason.INVALID);
        watch("/k", false, false);
        registry.start();

        await().until(() -> !registry.isRunning("watch"));
    }

    @Test
    void idsAreUniqueAndUnknownOnesAreTold() {
        watch("/k", false, false);

        assertThat(registry.ids()).containsExactly("watch");
        assertThatIllegalStateException().isThrownBy(() -> watch("/other", false, false));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.start("nobody"))
                .withMessageContaining("nobody")
                .withMessageContaining("watch");
    }

    private void watch(String key, boolean prefix, boolean initial) {
        registry.register(endpoint("watch", key, prefix, initial, true));
    }

    private WatchEndpoint endpoint(String id, String key, boolean prefix, boolean initial, boolean autoStartup) {
        return new WatchEndpoint(id, key, prefix, initial, autoStartup, listener, Listener.METHOD, null);
    }

    private void onThread(Runnable task) {
        CountDownLatch open = gate;
        threads.execute(() -> {
            uninterruptibly(open);
            task.run();
        });
    }

    private void follows() {
        await().until(() -> store.openWatches() > 0);
    }

    private void sees(String... events) {
        await().untilAsserted(() -> assertThat(listener.seen).containsExactly(events));
    }

    private void put(String key, String value) {
        store.blocking().put(ByteSequence.of(key), ByteSequence.of(value));
    }

    private void delete(String key) {
        store.blocking().delete(ByteSequence.of(key));
    }

    private static void uninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static final class Listener {

        static final Method METHOD = ReflectionUtils.findMethod(Listener.class, "on", WatchKeyEvent.class);

        final List<String> seen = new CopyOnWriteArrayList<>();
        volatile Consumer<String> onValue = value -> {};

        void on(WatchKeyEvent<String> event) {
            seen.add(event.origin() + " " + event.type() + " " + event.key()
                    + (event.value() == null ? "" : "=" + event.value())
                    + (event.previous() == null ? "" : " was " + event.previous())
                    + " @" + event.revision());
            if (event.value() != null) {
                onValue.accept(event.value());
            }
        }
    }
}
