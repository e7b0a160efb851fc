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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories, watches, stalls, crashes, restarts and installed states, each watch checked call by call against all that ever
 * happened: ordered, unique, complete, atomic per revision, resumable, progress never ahead, compaction told exactly.
 */
class WatchModelTest {

    private static final Path DIRECTORY = Path.of("watch");
    private static final String[] KEYS = {"a", "a/1", "a/2", "ab", "b", "b/1", "c"};
    private static final String[] PREFIXES = {"", "a", "a/", "b", "zz"};
    private static final int CASES_PER_BLOCK = 120;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void everyWatchSeesWhatHappenedOrIsToldWhyNot(int block) {
        for (int i = 0; i < CASES_PER_BLOCK; i++) {
            long seed = (long) block * CASES_PER_BLOCK + i;
            try {
                new Case(seed).run();
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("seed " + seed, failure);
            }
        }
    }

    @Test
    void theCasesReachTheCornersTheyAreFor() {
        int caughtUp = 0;
        int compacted = 0;
        int refusedAtStart = 0;
        int progress = 0;
        int resumed = 0;
        int skippedAhead = 0;
        for (long seed = 0; seed < 60; seed++) {
            Case run = new Case(seed);
            run.run();
            caughtUp += run.caughtUp;
            compacted += run.compacted;
            refusedAtStart += run.refusedAtStart;
            progress += run.progress;
            resumed += run.resumed;
            skippedAhead += run.skippedAhead;
        }
        assertThat(caughtUp).as("calls to watches that lagged").isGreaterThan(200);
        assertThat(compacted).as("watches compacted while running").isGreaterThan(20);
        assertThat(refusedAtStart).as("watches refused at their start").isGreaterThan(20);
        assertThat(progress).as("progress marks").isGreaterThan(200);
        assertThat(resumed).as("watches resumed after a restart").isGreaterThan(50);
        assertThat(skippedAhead).as("watches over which a state was installed").isGreaterThan(100);
    }

    private static final class Case {

        private final SplittableRandom random;
        private final HeapDisk disk = new HeapDisk();
        private final Store store = new Store();
        private final SteppedExecutor executor = new SteppedExecutor();
        private final List<Client> clients = new ArrayList<>();
        private final WatchSettings settings;
        private Path directory;
        private EventHistory history;
        private WatchHub hub;
        private long published = 1;
        private long synced = 1;
        private long nowMillis;
        /** The highest that the oldest revision has been. */
        private long oldestEver = 1;

        private int installs;
        /** What a listener threw at its watch, which ends the watch but not the test. */
        private Throwable listenerFailure;

        private int caughtUp;
        private int compacted;
        private int refusedAtStart;
        private int progress;
        private int resumed;
        private int skippedAhead;

        Case(long seed) {
            random = new SplittableRandom(seed);
            settings = new WatchSettings(
                    random.nextInt(1, 80),
                    64 << 10,
                    Duration.ofMillis(random.nextBoolean() ? random.nextInt(20, 200) : 1_000_000),
                    1000,
                    random.nextInt(1, 7),
                    Duration.ofMillis(random.nextInt(1, 20)));
            directory = random.nextInt(4) == 0 ? null : DIRECTORY;
            open();
        }

        void run() {
            for (int step = 0; step < 120; step++) {
                step();
            }
            settle();
        }

        private void step() {
            int choice = random.nextInt(100);
            if (choice < 35) {
                publish();
            } else if (choice < 50) {
                clients.add(new Client());
            } else if (choice < 82) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    executor.runAny(random);
                }
            } else if (choice < 90) {
                nowMillis += random.nextInt(15);
                hub.tick(nowMillis);
            } else if (choice < 93) {
                history.sync();
                synced = published;
            } else if (choice < 96) {
                if (!clients.isEmpty()) {
                    clients.get(random.nextInt(clients.size())).close();
                }
            } else if (choice >= 98) {
                restart();
            } else {
                install();
            }
            checkHistory();
            assertThat(listenerFailure).isNull();
        }

        private void publish() {
            long to = Math.min(published + random.nextInt(5), Math.max(store.revision(), published));
            if (published == store.revision()) {
                for (int i = random.nextInt(5); i > 0; i--) {
                    change();
                }
                to = store.revision();
            }
            nowMillis += random.nextInt(3);
            List<RevisionEvents> changes = store.changes(published + 1, to);
            published = to;
            hub.publish(changes, to, nowMillis);
        }

        private void change() {
            for (int i = random.nextInt(4); i >= 0; i--) {
                String key = KEYS[random.nextInt(KEYS.length)];
                if (random.nextInt(4) == 0) {
                    store.delete(key);
                } else {
                    store.put(key, "v".repeat(random.nextInt(10) == 0 ? 6000 : random.nextInt(50)));
                }
            }
            store.commit();
        }

        private void open() {
            history = EventHistory.open(disk, directory, settings, published);
            hub = new WatchHub(history, settings, published, executor);
        }

        /** The state comes back at a revision whose history was synced before; what lies beyond is replayed. */
        private void restart() {
            long oldest = history.oldestRevision();
            boolean crash = random.nextBoolean();
            hub.close();
            executor.runAll();
            history.close();
            if (crash) {
                disk.crash(random);
            }
            published = random.nextInt(3) == 0 ? synced : random.nextLong(1, synced + 1);
            open();
            if (directory != null) {
                // Nothing of the past is lost but what had been dropped; a crash may bring some of that back.
                assertThat(history.oldestRevision()).isLessThanOrEqualTo(Math.min(oldest, published + 1));
            }
            synced = published;
            clients.forEach(Client::resume);
        }

        /** A state from elsewhere, ahead of this one or at the same revision, takes its place with the history from there. */
        private void install() {
            for (int i = random.nextInt(6); i > 0; i--) {
                change();
            }
            long revision = random.nextLong(published, store.revision() + 1);
            installs++;
            Path checkpoint = Path.of("install-" + installs);
            try (EventHistory sender = EventHistory.open(disk, Path.of("sender-" + installs), settings, 1)) {
                for (long sent = 1; sent < revision; ) {
                    long to = Math.min(revision, sent + random.nextInt(1, 20));
                    sender.append(store.changes(sent + 1, to), 0);
                    sent = to;
                }
                sender.checkpoint(checkpoint);
                sender.append(store.changes(revision + 1, store.revision()), 0);
            }
            directory = directory == null ? null : checkpoint;
            EventHistory next = EventHistory.open(disk, directory, settings, revision);
            EventHistory before = history;
            skippedAhead += revision > published ? clients.size() : 0;
            history = next;
            published = revision;
            synced = revision;
            hub.restart(next, revision);
            assertThatThrownBy(() -> before.read(1, WatchRequest.prefix(ByteSequence.EMPTY)))
                    .isInstanceOf(RefusedException.class);
        }

        private void settle() {
            while (published < store.revision()) {
                publish();
                executor.runAll();
            }
            for (int i = 0; i < 3; i++) {
                nowMillis += settings.progressInterval().toMillis();
                hub.tick(nowMillis);
                executor.runAll();
            }
            assertThat(hub.maxLagRevisions()).isZero();
            assertThat(hub.watchCount())
                    .isEqualTo((int) clients.stream().filter(c -> c.live).count());
            assertThat(listenerFailure).isNull();
            clients.forEach(Client::checkComplete);
        }

        private void checkHistory() {
            oldestEver = Math.max(oldestEver, history.oldestRevision());
            long oldest = Math.max(2, history.oldestRevision());
            long kept = store.changes(oldest, published).stream()
                    .mapToLong(change -> change.events().size())
                    .sum();
            if (directory == null) {
                assertThat(history.events()).isEqualTo(kept);
            } else {
                assertThat(history.events()).isGreaterThanOrEqualTo(kept);
            }
            // The newest segment may be over the bound by the one revision that filled it.
            int least = 4 + settings.historyEvents() / 16;
            assertThat(history.events()).isLessThanOrEqualTo(Math.max(settings.historyEvents(), least));
            assertThat(history.sizeBytes()).isLessThanOrEqualTo(64 << 10);
        }

        private final class Client implements WatchListener {

            private final WatchRequest request;
            private Watch watch;
            private boolean live;
            private boolean closedByOwner;
            /** Everything up to here has been told. */
            private long told;
            /** What is told, kept over restarts: the revisions from {@code start} on. */
            private long start;

            private final List<Delivery> received = new ArrayList<>();
            private boolean inCall;

            Client() {
                boolean prefix = random.nextBoolean();
                String key = prefix ? PREFIXES[random.nextInt(PREFIXES.length)] : KEYS[random.nextInt(KEYS.length)];
                long from = random.nextInt(3) == 0 ? 0 : random.nextLong(1, published + 4);
                request = new WatchRequest(ByteSequence.of(key), prefix, 0, random.nextBoolean());
                begin(from);
            }

            private void begin(long from) {
                long oldest = history.oldestRevision();
                boolean gone = from > 0 && from <= published && from < oldest;
                try {
                    watch = hub.watch(request.withFromRevision(from), this);
                    assertThat(gone).as("from %d, oldest %d", from, oldest).isFalse();
                } catch (CompactedException e) {
                    assertThat(gone).as("from %d, oldest %d", from, oldest).isTrue();
                    assertThat(e.oldestRevision()).isEqualTo(oldest);
                    refusedAtStart++;
                    received.clear();
                    watch = hub.watch(request.withFromRevision(oldest), this);
                    from = oldest;
                }
                live = true;
                assertThat(watch.startRevision()).isEqualTo(from == 0 ? published + 1 : from);
                if (received.isEmpty()) {
                    start = watch.startRevision();
                }
                told = watch.startRevision() - 1;
            }

            void resume() {
                if (!closedByOwner) {
                    assertThat(live).isFalse();
                    resumed++;
                    begin(told + 1);
                }
            }

            void close() {
                watch.close();
                closedByOwner = true;
                live = false;
            }

            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                call(() -> events(revision, events));
            }

            private void events(long revision, List<WatchEvent> events) {
                assertThat(revision).isGreaterThan(told).isLessThanOrEqualTo(published);
                List<Delivery> due = store.seen(request, told + 1, revision);
                assertThat(due).containsExactly(new Delivery(revision, events));
                received.add(new Delivery(revision, events));
                told = revision;
                caughtUp += revision < published ? 1 : 0;
            }

            @Override
            public void onProgress(long revision) {
                call(() -> progress(revision));
            }

            private void progress(long revision) {
                assertThat(revision).isGreaterThan(told).isLessThanOrEqualTo(published);
                assertThat(store.seen(request, told + 1, revision)).isEmpty();
                told = revision;
                progress++;
            }

            @Override
            public void onClosed(Throwable cause) {
                call(() -> closed(cause));
            }

            private void closed(Throwable cause) {
                live = false;
                if (cause instanceof CompactedException gone) {
                    assertThat(gone.oldestRevision())
                            .isGreaterThan(told + 1)
                            .isLessThanOrEqualTo(Math.max(oldestEver, history.oldestRevision()));
                    compacted++;
                    received.clear();
                    begin(0);
                } else {
                    assertThat(cause).isInstanceOf(RefusedException.class);
                    assertThat(((RefusedException) cause).reason()).isEqualTo(RefusedException.Reason.CLOSED);
                }
            }

            private void call(Runnable check) {
                try {
                    assertThat(live).as("a call after the end").isTrue();
                    assertThat(inCall).as("a call within a call").isFalse();
                    inCall = true;
                    check.run();
                } catch (AssertionError | RuntimeException failure) {
                    listenerFailure = listenerFailure == null ? failure : listenerFailure;
                } finally {
                    inCall = false;
                }
            }

            void checkComplete() {
                if (live) {
                    assertThat(received).isEqualTo(store.seen(request, start, published));
                    assertThat(told).isGreaterThanOrEqualTo(published);
                }
            }
        }
    }
}
