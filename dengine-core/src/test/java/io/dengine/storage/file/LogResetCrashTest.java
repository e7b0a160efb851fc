package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.Durability;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.LogRestart;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.SimDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The power fails at every disk operation of a log that starts over: it is then the old one or the new one. */
class LogResetCrashTest {

    private static final Path LOG = Path.of("data", "log");
    private static final int OLD_ENTRIES = 60;
    private static final HardState PROMISED = new HardState(9, NodeId.of(3));

    /** How far a run has come. */
    private static final class Progress {
        boolean reset;
        boolean appended;
    }

    private static FileLogStore open(SimDisk disk) {
        return FileLogStore.open(disk, LOG, 600, Durability.FSYNC);
    }

    /** A log of several segments; the end of it is not synced. */
    private static void prepare(SimDisk disk) {
        FileLogStore store = open(disk);
        store.save(PROMISED);
        store.append(LogStoreContract.entries(2, 1, OLD_ENTRIES - 10));
        store.sync();
        store.purge(20);
        store.append(LogStoreContract.entries(2, OLD_ENTRIES - 9, OLD_ENTRIES));
        store.close();
    }

    private static void run(SimDisk disk, EntryId base, Progress progress) {
        FileLogStore store = open(disk);
        // A part of the old end is not durable when the log starts over.
        store.append(LogStoreContract.entries(2, OLD_ENTRIES + 1, OLD_ENTRIES + 2));
        store.reset(base, 500);
        progress.reset = true;
        store.append(after(base));
        store.sync();
        progress.appended = true;
        store.close();
    }

    private static List<Entry> after(EntryId base) {
        return LogStoreContract.entries(base.term(), base.index() + 1, base.index() + 12);
    }

    @ParameterizedTest
    @ValueSource(longs = {25, 43, OLD_ENTRIES + 2, OLD_ENTRIES + 3, 1000})
    void crashLeavesTheOldLogOrTheNewOne(long index) {
        EntryId base = new EntryId(7, index);
        int started = 0;
        int notStarted = 0;
        boolean ended = false;
        for (int at = 1; !ended; at++) {
            SimDisk disk = new SimDisk(new SplittableRandom(index * 1_000 + at));
            prepare(disk);
            Progress progress = new Progress();
            disk.failPowerAfter(at);
            ended = Crashes.survives(() -> run(disk, base, progress));
            disk.crash();
            for (int again = 1; again <= 3; again++) {
                disk.failPowerAfter(again * 2L);
                Crashes.survives(() -> open(disk).close());
                disk.crash();
            }
            FileLogStore recovered = open(disk);
            String where = "operation " + at;
            assertThat(recovered.hardState()).as(where).isEqualTo(PROMISED);
            if (new LogRestart(base, 500).isDue(recovered)) {
                assertThat(progress.reset).as(where).isFalse();
                requireOld(recovered, where);
                recovered.reset(base, 500);
                notStarted++;
            } else {
                started++;
            }
            requireNew(recovered, base, progress, where);
            disk.crash();
            requireNew(open(disk), base, progress, where);
        }
        assertThat(started).isGreaterThan(10);
        assertThat(notStarted).isGreaterThan(3);
    }

    private static void requireOld(FileLogStore store, String where) {
        assertThat(store.last().index()).as(where).isBetween((long) OLD_ENTRIES, OLD_ENTRIES + 2L);
        assertThat(store.base().index()).as(where).isBetween(1L, 20L);
        long last = store.last().index();
        assertThat(store.read(21, last + 1, Long.MAX_VALUE)).as(where).isEqualTo(LogStoreContract.entries(2, 21, last));
    }

    private static void requireNew(FileLogStore store, EntryId base, Progress progress, String where) {
        assertThat(store.base()).as(where).isEqualTo(base);
        assertThat(store.baseClusterTimeMillis()).as(where).isEqualTo(500);
        int count = (int) (store.last().index() - base.index());
        assertThat(count).as(where).isBetween(progress.appended ? 12 : 0, 12);
        if (count > 0) {
            assertThat(store.read(base.index() + 1, base.index() + 1 + count, Long.MAX_VALUE))
                    .as(where)
                    .isEqualTo(after(base).subList(0, count));
        }
    }
}
