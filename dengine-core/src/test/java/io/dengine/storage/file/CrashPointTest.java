package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.config.Durability;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A failure at every single disk operation of a run, and at every byte; what was promised before is there afterwards. */
class CrashPointTest {

    private static final Path LOG = Path.of("data", "log");
    private static final int STEPS = 200;

    /** What a node promised, and what it was about to write. */
    private static final class Ledger {
        /** Every log since the last sync, the synced one first: a crash may leave a prefix of any of them. */
        private final List<List<Entry>> logs = new ArrayList<>(List.of(List.of()));

        /** Entries that no cut since the last sync has touched, and that the sync covered. */
        private int durable;

        private HardState saved = HardState.INITIAL;
        private HardState saving = HardState.INITIAL;
        private long purged;
        private final Map<String, Integer> steps = new TreeMap<>();

        void begins(String step) {
            steps.merge(step, 1, Integer::sum);
        }

        List<Entry> log() {
            return logs.get(logs.size() - 1);
        }

        void appending(List<Entry> entries) {
            int first = (int) entries.get(0).index();
            durable = Math.min(durable, first - 1);
            List<Entry> next = new ArrayList<>(log().subList(0, first - 1));
            next.addAll(entries);
            logs.add(next);
        }

        void synced() {
            List<Entry> log = log();
            logs.clear();
            logs.add(log);
            durable = log.size();
        }

        void check(FileLogStore recovered) {
            assertThat(recovered.hardState()).isIn(saved, saving);
            assertThat(recovered.base().index()).isLessThanOrEqualTo(purged);
            List<Entry> found = read(recovered);
            long base = recovered.base().index();
            assertThat(recovered.last().index()).isGreaterThanOrEqualTo(durable);
            int last = (int) recovered.last().index();
            boolean known = logs.stream()
                    .anyMatch(log ->
                            log.size() >= last && log.subList((int) base, last).equals(found));
            if (!known) {
                assertThat(found).as("a prefix of a log that was written").isEqualTo(log());
            }
            if (base > 0) {
                assertThat(recovered.base()).isEqualTo(log().get((int) base - 1).id());
            }
        }
    }

    private static List<Entry> read(FileLogStore store) {
        long base = store.base().index();
        long last = store.last().index();
        return last == base ? List.of() : store.read(base + 1, last + 1, Long.MAX_VALUE);
    }

    private static FileLogStore open(Disk disk) {
        return FileLogStore.open(disk, LOG, 1000, Durability.FSYNC);
    }

    /** Runs a script that depends on {@code seed} alone, until it ends or the power fails. */
    private static void run(Disk disk, long seed, Ledger ledger) {
        SplittableRandom random = new SplittableRandom(seed);
        FileLogStore store = open(disk);
        long term = 1;
        for (int step = 0; step < STEPS; step++) {
            int what = random.nextInt(100);
            long last = ledger.log().size();
            if (what < 40) {
                ledger.begins("append");
                append(store, ledger, random, term, last + 1);
            } else if (what < 50 && last > ledger.purged) {
                ledger.begins("overwrite");
                term++;
                append(store, ledger, random, term, random.nextLong(ledger.purged + 1, last + 1));
            } else if (what < 75) {
                ledger.begins("sync");
                store.sync();
                ledger.synced();
            } else if (what < 85) {
                ledger.begins("save");
                ledger.saving = new HardState(ledger.saved.term() + 1, NodeId.of(1 + random.nextInt(3)));
                store.save(ledger.saving);
                ledger.saved = ledger.saving;
            } else if (what < 92 && ledger.durable > 0) {
                ledger.begins("purge");
                ledger.purged = Math.max(ledger.purged, random.nextLong(0, ledger.durable + 1));
                store.purge(ledger.purged);
            } else {
                ledger.begins("reopen");
                store.close();
                ledger.synced();
                store = open(disk);
            }
        }
        store.close();
        ledger.synced();
    }

    private static void append(FileLogStore store, Ledger ledger, SplittableRandom random, long term, long first) {
        List<Entry> entries = new ArrayList<>();
        int count = random.nextInt(1, 6);
        for (int i = 0; i < count; i++) {
            // Few lengths, so that new records often come to lie just where old ones did.
            int bytes = random.nextInt(12) == 0 ? random.nextInt(2500) : 40 * random.nextInt(3);
            entries.add(LogStoreContract.entry(term, first + i, bytes));
        }
        ledger.appending(entries);
        store.append(entries);
    }

    /** Counts the points of a run, and checks at each what the next start finds. */
    private static final class Points {
        private final Ledger ledger = new Ledger();
        private int operations;
        private int bytes;
        private final Set<String> segments = new TreeSet<>();

        /** The script, stopped before every operation, and behind every byte where {@code everyByte}. */
        void run(long seed, boolean everyByte) {
            SimDisk disk = new SimDisk(new SplittableRandom(seed));
            CrashPointTest.run(new ProbedDisk(disk, this::operation, everyByte ? this::cut : cut -> {}), seed, ledger);
        }

        private void operation(SimDisk disk) {
            operations++;
            disk.list(LOG).stream().filter(name -> name.endsWith(".log")).forEach(segments::add);
            String where = "before operation " + operations;
            checkAfterKill(disk.copy(new SplittableRandom(operations)), where);
            disk.setSectorBytes(operations % 4 == 0 ? 16 : 512);
            checkAfterPowerLoss(disk, where);
        }

        private void cut(SimDisk disk) {
            bytes++;
            String where = "byte " + bytes + ", within operation " + operations;
            if (bytes % 2 == 0) {
                disk.setSectorBytes(bytes % 4 == 0 ? 16 : 512);
                checkAfterPowerLoss(disk, where);
            } else {
                checkAfterKill(disk, where);
            }
        }

        /** The process dies, and everything it wrote is there up to this very byte. */
        private void checkAfterKill(SimDisk disk, String where) {
            disk.kill();
            checkRecovered(disk, ledger, where);
        }

        /** The machine dies, and each sector that no sync covered is kept or lost: now, and twice in mid-recovery. */
        private void checkAfterPowerLoss(SimDisk disk, String where) {
            disk.crash();
            for (int again = 0; again < 2; again++) {
                disk.failPowerAfter(1 + (operations + bytes + 3 * again) % 8);
                runUntilPowerLoss(() -> openOrExplain(disk, where).close());
                disk.crash();
            }
            checkRecovered(disk, ledger, where);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatWasPromisedSurvivesAFailureAtEveryOperation(long seed) {
        Points points = new Points();
        points.run(seed, false);
        assertThat(points.operations).isGreaterThan(2 * STEPS);
    }

    @Test
    void whatWasPromisedSurvivesAFailureAtEveryByte() {
        Points points = new Points();
        points.run(9, true);
        assertThat(points.operations).isGreaterThan(500);
        assertThat(points.bytes).isGreaterThan(50_000);
        assertThat(points.segments).hasSizeGreaterThan(20);
        assertThat(points.ledger.steps)
                .containsOnlyKeys("append", "overwrite", "sync", "save", "purge", "reopen")
                .allSatisfy((step, times) -> assertThat(times).as(step).isGreaterThan(5));
    }

    /** A store that only says it syncs is found out, so the points above can fail. */
    @Test
    void forcesThatDoNothingAreFoundAtSomePoint() {
        SimDisk lying = new SimDisk(new SplittableRandom(1));
        lying.loseForcesOf(file -> file.toString().endsWith(".log"));
        Points points = new Points();
        assertThat(catchThrowable(() -> run(new ProbedDisk(lying, points::operation, cut -> {}), 1, points.ledger)))
                .isInstanceOf(AssertionError.class);
    }

    private static void checkRecovered(SimDisk disk, Ledger ledger, String where) {
        FileLogStore first = openOrExplain(disk, where);
        ledger.check(first);
        List<Entry> found = read(first);
        HardState hardState = first.hardState();
        // What recovery showed may be acted upon, so it is a promise from then on, even without a close.
        disk.crash();
        FileLogStore second = openOrExplain(disk, where);
        assertThat(read(second)).as(where).isEqualTo(found);
        assertThat(second.hardState()).as(where).isEqualTo(hardState);
        second.append(List.of(LogStoreContract.entry(1000, second.last().index() + 1, 40)));
        second.close();
        disk.crash();
        FileLogStore third = openOrExplain(disk, where);
        assertThat(third.last().term()).as(where).isEqualTo(1000);
        third.close();
    }

    private static FileLogStore openOrExplain(SimDisk disk, String where) {
        try {
            return open(disk);
        } catch (StorageFailure e) {
            throw new AssertionError(where, e);
        }
    }

    private static void runUntilPowerLoss(Runnable action) {
        try {
            action.run();
        } catch (SimDisk.PowerLoss expected) {
            assertThat(expected).hasMessage("power loss");
        }
    }

    @Test
    void killedProcessLosesNothingThatWasWritten() {
        SimDisk disk = new SimDisk(new SplittableRandom(3));
        FileLogStore store = open(disk);
        store.append(LogStoreContract.entries(1, 1, 20));
        disk.kill();
        FileLogStore again = open(disk);
        assertThat(read(again)).isEqualTo(LogStoreContract.entries(1, 1, 20));
        disk.crash();
        assertThat(read(open(disk))).isEqualTo(LogStoreContract.entries(1, 1, 20));
    }

    @Test
    void entriesLeftInTheCacheByAFailedSyncAreWrittenAgain() {
        SimDisk disk = new SimDisk(new SplittableRandom(3));
        FileLogStore store = open(disk);
        store.append(LogStoreContract.entries(1, 1, 5));
        disk.failNextForce();
        assertThat(catchThrowable(store::sync)).isNotNull();
        disk.kill();
        List<Entry> shown = read(open(disk));
        disk.crash();
        assertThat(read(open(disk))).isEqualTo(shown).hasSize(5);
    }

    @Test
    void lostForcesAreFoundByThisTest() {
        int noticed = 0;
        for (long seed = 1; seed <= 20; seed++) {
            SimDisk disk = new SimDisk(new SplittableRandom(seed));
            FileLogStore store = open(disk);
            store.append(LogStoreContract.entries(1, 1, 5));
            store.sync();
            disk.loseForcesOf(file -> file.toString().endsWith(".log"));
            store.append(LogStoreContract.entries(1, 6, 10));
            store.sync();
            disk.crash();
            noticed += lastOrRefused(disk) < 10 ? 1 : 0;
        }
        assertThat(noticed).isPositive();
    }

    private static long lastOrRefused(SimDisk disk) {
        try {
            return open(disk).last().index();
        } catch (StorageFailure refused) {
            return -1;
        }
    }
}
