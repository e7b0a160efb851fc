package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.Durability;
import io.dengine.raft.entry.Entry;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.NioDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One thread writes, rolls, cuts and purges while another reads what it knows to be written. */
class ConcurrentReadTest {

    private static final long ENTRIES = 60_000;
    private static final long KEPT = 300;

    private final AtomicLong safe = new AtomicLong();
    private final AtomicLong purgeOrdered = new AtomicLong();
    private final AtomicLong purgeDone = new AtomicLong();

    @Test
    void readerNeverLosesWhatItHasSeenAboveTheBase(@TempDir Path directory) throws Exception {
        FileLogStore store = FileLogStore.open(new NioDisk(), directory, 8 << 10, Durability.OS_CACHE);
        ExecutorService writer = Executors.newSingleThreadExecutor();
        try {
            Future<?> written = writer.submit(() -> write(store));
            long reads = read(store, written);
            written.get(20, TimeUnit.SECONDS);
            assertThat(reads).isPositive();
            assertThat(store.base().index()).isPositive();
        } finally {
            writer.shutdownNow();
            store.close();
        }
    }

    private void write(FileLogStore store) {
        SplittableRandom random = new SplittableRandom(1);
        long term = 1;
        long next = 1;
        while (next <= ENTRIES) {
            List<Entry> batch = LogStoreContract.entries(term, next, next + random.nextInt(20));
            store.append(batch);
            if (random.nextInt(10) == 0) {
                // Cuts only what no reader was told of yet.
                term++;
                batch = LogStoreContract.entries(term, next + random.nextInt(batch.size()), next + batch.size());
                store.append(batch);
            }
            store.sync();
            next = store.last().index() + 1;
            safe.set(next - 1);
            long ordered = purgeOrdered.get();
            if (ordered > purgeDone.get()) {
                store.purge(ordered);
                purgeDone.set(ordered);
            }
        }
    }

    private long read(FileLogStore store, Future<?> written) {
        SplittableRandom random = new SplittableRandom(2);
        long reads = 0;
        while (!written.isDone()) {
            long base = store.base().index();
            long last = safe.get();
            if (last > base) {
                long from = random.nextInt(3) == 0 ? base + 1 : random.nextLong(base + 1, last + 1);
                List<Entry> found = store.read(from, last + 1, 2000);
                assertThat(found.get(0).index()).isEqualTo(from);
                assertThat(store.termAt(from)).isEqualTo(found.get(0).term());
                reads++;
            }
            if (purgeDone.get() == purgeOrdered.get() && last - KEPT > purgeOrdered.get()) {
                purgeOrdered.set(last - KEPT);
            }
        }
        return reads;
    }
}
