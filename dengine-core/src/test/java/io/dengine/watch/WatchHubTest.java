package io.dengine.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.config.WatchSettings;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WatchHubTest {

    private static final WatchSettings SETTINGS =
            new WatchSettings(1000, 1 << 20, Duration.ofHours(1), 5, 4, Duration.ofMillis(100));

    private final HeapDisk disk = new HeapDisk();
    private final Store store = new Store();
    private final SteppedExecutor executor = new SteppedExecutor();
    private final Recorder recorder = new Recorder();
    private EventHistory history;
    private WatchHub hub = hub(SETTINGS);

    private WatchHub hub(WatchSettings settings) {
        history = EventHistory.open(disk, Path.of("watch"), settings, store.revision());
        return new WatchHub(history, settings, store.revision(), executor);
    }

    private static WatchRequest key(String key) {
        return WatchRequest.key(ByteSequence.of(key));
    }

    private static WatchRequest prefix(String prefix) {
        return WatchRequest.prefix(ByteSequence.of(prefix));
    }

    private void publish(List<RevisionEvents> changes) {
        hub.publish(changes, store.revision(), 0);
    }

    private void puts(String key, int count) {
        publish(store.puts(key, count));
    }

    @Test
    void aWatchFromNowStartsBehindTheCurrentRevision() {
        puts("key", 3);
        assertThat(hub.watch(key("key"), recorder).startRevision()).isEqualTo(5);
        puts("key", 2);
        executor.runAll();
        assertThat(recorder.events).isEqualTo(store.seen(key("key"), 5, 6));
    }

    @Test
    void aWatchFromAPastRevisionGetsThePastThenThePresent() {
        puts("key", 30);
        hub.watch(key("key").withFromRevision(10), recorder);
        executor.runAll();
        puts("key", 2);
        executor.runAll();
        assertThat(recorder.events).isEqualTo(store.seen(key("key"), 10, 33));
    }

    @Test
    void aWatchFromAFutureRevisionWaitsForIt() {
        Watch watch = hub.watch(key("key").withFromRevision(4), recorder);
        assertThat(watch.startRevision()).isEqualTo(4);
        puts("key", 2);
        hub.tick(1000);
        executor.runAll();
        assertThat(recorder.events).isEmpty();
        assertThat(recorder.progress).isEmpty();
        puts("key", 3);
        executor.runAll();
        assertThat(recorder.revisions()).containsExactly(4L, 5L, 6L);
    }

    @Test
    void allMatchingChangesOfARevisionComeInOneCall() {
        hub.watch(prefix("a/").withPreviousValue(), recorder);
        store.put("a/1", "x").put("b", "x").put("a/2", "x").delete("a/1").commit();
        publish(store.changes(2, 2));
        executor.runAll();
        assertThat(recorder.events).hasSize(1);
        List<WatchEvent> events = recorder.events.get(0).events();
        assertThat(events)
                .extracting(event -> event.type() + " " + event.key())
                .containsExactly("PUT a/1", "PUT a/2", "DELETE a/1");
        assertThat(events.get(2).previous()).isEqualTo(events.get(0).entry());
    }

    @Test
    void theKeyBeforeComesOnlyOnRequest() {
        Recorder without = new Recorder();
        hub.watch(key("key").withPreviousValue(), recorder);
        hub.watch(key("key"), without);
        puts("key", 2);
        executor.runAll();
        assertThat(recorder.events.get(1).events().get(0).previous())
                .isEqualTo(without.events.get(0).events().get(0).entry());
        assertThat(without.events.get(1).events().get(0).previous()).isNull();
    }

    @Test
    void everyKindOfPrefixIsMatched() {
        List<String> prefixes = List.of("", "a", "ab", "abc", "b");
        List<Recorder> recorders = new ArrayList<>();
        for (String prefix : prefixes) {
            Recorder one = new Recorder();
            recorders.add(one);
            hub.watch(prefix(prefix), one);
        }
        publish(List.of());
        store.put("ab", "x").commit();
        publish(store.changes(2, 2));
        executor.runAll();
        assertThat(recorders).extracting(r -> r.events.size()).containsExactly(1, 1, 1, 0, 0);
    }

    @Test
    void aStalledWatchHoldsNoMoreThanItsBufferAndCatchesUpFromDisk() {
        hub.watch(key("key"), recorder);
        puts("key", 500);
        assertThat(executor.waiting()).isEqualTo(1);
        assertThat(hub.maxLagRevisions()).isEqualTo(500);
        executor.runAll();
        assertThat(recorder.events).isEqualTo(store.seen(key("key"), 2, 501));
        assertThat(hub.maxLagRevisions()).isZero();
        puts("key", 1);
        executor.runAll();
        assertThat(recorder.revisions()).endsWith(501L, 502L);
    }

    @Test
    void aStalledWatchThatTheHistoryOutrunsIsToldFromWhereItCouldGoOn() {
        hub.watch(key("key"), recorder);
        puts("key", 3000);
        executor.runAll();
        assertThat(recorder.events).isEmpty();
        assertThat(recorder.closed).hasSize(1);
        assertThat(recorder.closed.get(0)).isInstanceOfSatisfying(CompactedException.class, e -> {
            assertThat(e.oldestRevision()).isEqualTo(history.oldestRevision()).isGreaterThan(2000);
            assertThat(e).hasMessageContaining("revision 2 ");
        });
        assertThat(hub.watchCount()).isZero();
    }

    @Test
    void aStartBeforeTheHistoryIsRefusedWithItsOldestRevision() {
        puts("key", 3000);
        long oldest = history.oldestRevision();
        assertThatThrownBy(() -> hub.watch(key("key").withFromRevision(oldest - 1), recorder))
                .isInstanceOfSatisfying(
                        CompactedException.class,
                        e -> assertThat(e.oldestRevision()).isEqualTo(oldest));
        assertThat(hub.watchCount()).isZero();
        hub.watch(key("key").withFromRevision(oldest), recorder);
        executor.runAll();
        assertThat(recorder.events).isEqualTo(store.seen(key("key"), oldest, 3001));
    }

    @Test
    void anIdleWatchIsToldOfProgressThoughNothingMatches() {
        hub.watch(key("other"), recorder);
        hub.tick(0);
        puts("key", 3);
        hub.tick(99);
        executor.runAll();
        assertThat(recorder.progress).isEmpty();
        hub.tick(100);
        executor.runAll();
        assertThat(recorder.progress).containsExactly(4L);
        hub.tick(300);
        executor.runAll();
        assertThat(recorder.progress).as("nothing new").containsExactly(4L);
    }

    @Test
    void progressComesBehindTheEventsItSpeaksOf() {
        List<String> calls = new ArrayList<>();
        hub.watch(key("key"), new WatchListener() {
            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                calls.add("events " + revision);
            }

            @Override
            public void onProgress(long revision) {
                calls.add("progress " + revision);
            }
        });
        puts("other", 1);
        hub.tick(1000);
        puts("key", 1);
        hub.tick(2000);
        hub.tick(3000);
        executor.runAll();
        assertThat(calls).containsExactly("progress 2", "events 3");
    }

    @Test
    void anExceptionOutOfAListenerEndsItsWatchAlone() {
        Recorder other = new Recorder();
        RuntimeException failure = new IllegalStateException("broken listener");
        hub.watch(key("key"), new WatchListener() {
            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                recorder.onEvents(revision, events);
                throw failure;
            }

            @Override
            public void onClosed(Throwable cause) {
                recorder.onClosed(cause);
                throw new IllegalStateException("broken to the end");
            }
        });
        hub.watch(key("key"), other);
        puts("key", 3);
        executor.runAll();
        assertThat(recorder.revisions()).containsExactly(2L);
        assertThat(recorder.closed).containsExactly(failure);
        assertThat(other.revisions()).containsExactly(2L, 3L, 4L);
        assertThat(hub.watchCount()).isEqualTo(1);
    }

    @Test
    void aClosedWatchIsNotCalledThoughEventsWaited() {
        Watch watch = hub.watch(key("key"), recorder);
        puts("key", 3);
        watch.close();
        watch.close();
        executor.runAll();
        puts("key", 1);
        executor.runAll();
        assertThat(recorder.events).isEmpty();
        assertThat(recorder.closed).isEmpty();
        assertThat(hub.watchCount()).isZero();
    }

    @Test
    void aListenerMayCloseItsOwnWatch() {
        AtomicReference<Watch> own = new AtomicReference<>();
        own.set(hub.watch(key("key"), (revision, events) -> {
            recorder.onEvents(revision, events);
            own.get().close();
        }));
        puts("key", 3);
        executor.runAll();
        assertThat(recorder.revisions()).containsExactly(2L);
        assertThat(hub.watchCount()).isZero();
    }

    @Test
    void watchesBeyondTheBoundAreRefused() {
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            watches.add(hub.watch(key("key"), recorder));
        }
        assertThatThrownBy(() -> hub.watch(key("key"), recorder))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.OVERLOADED));
        watches.get(2).close();
        hub.watch(key("key"), recorder);
    }

    @Test
    void closingTheHubEndsEveryWatchAndRefusesNewOnes() {
        hub.watch(key("key"), recorder);
        hub.watch(prefix(""), recorder);
        puts("key", 1);
        hub.close();
        hub.close();
        executor.runAll();
        assertThat(recorder.events).isEmpty();
        assertThat(recorder.closed)
                .hasSize(2)
                .allSatisfy(cause ->
                        assertThat(((RefusedException) cause).reason()).isEqualTo(RefusedException.Reason.CLOSED));
        assertThatThrownBy(() -> hub.watch(key("key"), recorder))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.CLOSED));
    }

    @Test
    void aRefusedTurnIsTriedAgainAndLosesNothing() {
        hub.watch(key("key"), recorder);
        executor.rejecting(true);
        puts("key", 20);
        hub.tick(1);
        executor.rejecting(false);
        puts("key", 1);
        executor.runAll();
        assertThat(recorder.events).isEmpty();
        hub.tick(2);
        executor.runAll();
        assertThat(recorder.events).isEqualTo(store.seen(key("key"), 2, 22));
    }

    @Test
    void aFailedHistoryWriteGoesToThePublisher() {
        hub.watch(key("key"), recorder);
        IOException cause = new IOException("no space left");
        disk.failWith(cause);
        assertThatThrownBy(() -> puts("key", 1))
                .isInstanceOf(StorageFailure.class)
                .hasCause(cause);
        executor.runAll();
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void aFailedHistoryReadEndsTheWatchAsUnavailable() {
        hub.watch(key("key"), recorder);
        puts("key", 500);
        disk.failWith(new IOException("bad sector"));
        executor.runAll();
        assertThat(recorder.closed).hasSize(1);
        assertThat(((RefusedException) recorder.closed.get(0)).reason()).isEqualTo(RefusedException.Reason.UNAVAILABLE);
    }

    @Test
    void aHubAndAHistoryAtDifferentRevisionsAreRefused() {
        assertThatThrownBy(() -> new WatchHub(history, SETTINGS, 7, executor))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** A history of the store's last {@code kept} revisions, as another node might have it. */
    private EventHistory historyOfLast(int kept) {
        EventHistory next = EventHistory.open(disk, Path.of("next"), SETTINGS, store.revision() - kept);
        next.append(store.changes(store.revision() - kept + 1, store.revision()), 0);
        return next;
    }

    @Test
    void aRestartGivesWatchesWhatTheyHaveNotSeenAndThenThePresent() {
        hub.watch(key("key"), recorder);
        Recorder idle = new Recorder();
        hub.watch(key("other"), idle);
        puts("key", 2);
        store.puts("key", 3);

        hub.restart(historyOfLast(5), 6);
        puts("key", 1);
        executor.runAll();
        hub.tick(1000);
        executor.runAll();

        assertThat(recorder.revisions()).containsExactly(2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(idle.events).isEmpty();
        assertThat(idle.progress).containsExactly(7L);
        assertThat(hub.maxLagRevisions()).isZero();
    }

    @Test
    void aRestartEndsWatchesWhoseNextRevisionIsNotInTheNewHistory() {
        hub.watch(key("key"), recorder);
        puts("key", 2);
        store.puts("key", 5);

        hub.restart(historyOfLast(4), 8);
        executor.runAll();

        assertThat(recorder.revisions()).containsExactly(2L, 3L);
        assertThat(recorder.closed).hasSize(1);
        assertThat(((CompactedException) recorder.closed.get(0)).oldestRevision())
                .isEqualTo(5);
        assertThat(hub.watchCount()).isZero();
    }

    @Test
    void aRestartAtTheSameRevisionLeavesLiveWatchesAlone() {
        hub.watch(key("key"), recorder);
        puts("key", 2);

        hub.restart(historyOfLast(0), 3);
        puts("key", 1);
        executor.runAll();

        assertThat(recorder.revisions()).containsExactly(2L, 3L, 4L);
        assertThat(recorder.closed).isEmpty();
    }

    @Test
    void aWatchFromAFutureRevisionOutlivesARestart() {
        hub.watch(key("key").withFromRevision(6), recorder);
        store.puts("key", 3);

        hub.restart(historyOfLast(0), 4);
        puts("key", 3);
        executor.runAll();

        assertThat(recorder.revisions()).containsExactly(6L, 7L);
    }

    @Test
    void aWatchThatLagsGoesOnInTheNewHistory() {
        hub.watch(key("key"), recorder);
        puts("key", 200);
        executor.runAny(new SplittableRandom(1));
        assertThat(recorder.revisions()).isNotEmpty().hasSizeLessThan(200);

        hub.restart(historyOfLast(200), 201);
        assertThat(disk.openFiles()).isLessThanOrEqualTo(5);
        executor.runAll();

        assertThat(recorder.events).isEqualTo(store.seen(key("key"), 2, 201));
    }

    @Test
    void aReadThatFailsBecauseItsHistoryWasReplacedIsMadeAgainInTheNewOne() {
        hub.watch(key("key"), recorder);
        puts("key", 200);
        EventHistory next = historyOfLast(200);
        disk.beforeNextRead(() -> {
            Path segment = Path.of("watch", "events-0000000000000000002");
            disk.overwrite(segment, new byte[disk.bytes(segment).length]);
            hub.restart(next, 201);
        });

        executor.runAll();

        assertThat(recorder.events).isEqualTo(store.seen(key("key"), 2, 201));
        assertThat(recorder.closed).isEmpty();
    }

    @Test
    void aRestartThatGoesBackEndsEveryWatch() {
        hub.watch(key("key"), recorder);
        hub.watch(key("other").withFromRevision(100), recorder);
        puts("key", 3);

        hub.restart(EventHistory.open(disk, null, SETTINGS, 2), 2);
        executor.runAll();

        assertThat(recorder.events).isEmpty();
        assertThat(recorder.closed)
                .hasSize(2)
                .allSatisfy(cause -> assertThat(((CompactedException) cause).oldestRevision())
                        .isEqualTo(3));
        assertThat(hub.watch(key("key"), recorder).startRevision()).isEqualTo(3);
    }

    @Test
    void aRestartOnAHistoryOfAnotherRevisionIsRefused() {
        EventHistory next = historyOfLast(0);

        assertThatThrownBy(() -> hub.restart(next, 7)).isInstanceOf(IllegalArgumentException.class);

        hub.watch(key("key"), recorder);
        puts("key", 1);
        executor.runAll();
        assertThat(recorder.revisions()).containsExactly(2L);
    }

    @Test
    void anExecutorThatRunsAtOnceMayBeUsed() {
        hub = new WatchHub(history, SETTINGS, 1, Runnable::run);
        AtomicReference<Watch> second = new AtomicReference<>();
        Watch first = hub.watch(key("key"), (revision, events) -> {
            recorder.onEvents(revision, events);
            if (revision == 3) {
                second.set(hub.watch(key("key").withFromRevision(2), recorder));
            }
        });
        puts("key", 1);
        puts("key", 1);
        assertThat(recorder.revisions()).containsExactly(2L, 3L, 2L, 3L);
        first.close();
        second.get().close();
        assertThat(hub.watchCount()).isZero();
    }

    @Test
    void aHundredThousandWatchesOfOtherKeysDoNotSlowPublishing() {
        hub = hub(new WatchSettings(1000, 1 << 20, Duration.ofHours(1), 200_000, 4, Duration.ofSeconds(1)));
        AtomicInteger calls = new AtomicInteger();
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            watches.add(hub.watch(key("key-" + i), (revision, events) -> calls.incrementAndGet()));
        }
        for (int i = 0; i < 2000; i++) {
            puts("key-" + (i % 500), 1);
            // Work in proportion to the watches, 200 million steps, would not end in time.
            assertThat(executor.waiting()).isEqualTo(1);
            executor.runAll();
        }
        assertThat(calls).hasValue(2000);
        watches.forEach(Watch::close);
        assertThat(hub.watchCount()).isZero();
    }
}
