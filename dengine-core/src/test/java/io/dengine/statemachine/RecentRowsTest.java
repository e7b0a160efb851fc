package io.dengine.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.memory.MemoryTableStore;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecentRowsTest {

    private static final long SECRET = 0x5DEECE66D2B4A1F3L;

    private final RecentRows rows = new RecentRows(AppliedState.EMPTY, SECRET);

    private static ByteSequence key(long number) {
        return ByteSequence.wrap(ByteBuffer.allocate(8).putLong(number).array());
    }

    private static StoredValue value(long revision, int length, long deadlineMillis) {
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes).putLong(revision);
        return new StoredValue(ByteSequence.wrap(bytes), revision / 2, revision, revision / 3 + 1, deadlineMillis);
    }

    private void put(ByteSequence key, @Nullable StoredValue after, long deadlineBefore) {
        rows.add(Map.of(key, new TableChange(after, deadlineBefore)), AppliedState.EMPTY);
    }

    /** Chains are longer than one from the start, and the table grows. */
    @Test
    void everyRowIsAsItWasPutLastAndKeepsTheFirstDeadlineBefore() {
        SplittableRandom random = new SplittableRandom(1);
        Map<ByteSequence, TableChange> expected = new HashMap<>();
        for (int i = 1; i <= 300_000; i++) {
            ByteSequence key = key(random.nextInt(100_000));
            StoredValue after =
                    random.nextInt(5) == 0 ? null : value(i, 8 + random.nextInt(30), random.nextInt(3) * 7L);
            TableChange earlier = expected.get(key);
            put(key, after, random.nextInt(3));
            TableChange now = rows.find(key);
            assertThat(now).isNotNull();
            assertThat(now.after()).isEqualTo(after);
            if (earlier != null) {
                assertThat(now.deadlineBefore()).isEqualTo(earlier.deadlineBefore());
            }
            expected.put(key, now);
        }
        expected.forEach((key, change) -> assertThat(rows.find(key)).isEqualTo(change));
        assertThat(rows.find(key(-1))).isNull();
        assertThat(rows.find(ByteSequence.EMPTY)).isNull();
    }

    @Test
    void theBatchHasEachRowOnce() {
        for (int i = 1; i <= 10_000; i++) {
            put(key(i % 1_000), i % 7 == 0 ? null : value(i, 8, 0), 0);
        }
        MemoryTableStore table = new MemoryTableStore();
        rows.giveTo(table);
        AtomicLong scanned = new AtomicLong();
        try (TableStore.View view = table.view()) {
            view.scan(ByteSequence.EMPTY, null, (key, value) -> {
                scanned.incrementAndGet();
                assertThat(rows.find(key)).isEqualTo(new TableChange(value, 0));
                return true;
            });
        }
        long deleted = LongStream.range(0, 1_000)
                .filter(number -> rows.find(key(number)).after() == null)
                .count();
        assertThat(scanned).hasValue(1_000 - deleted);
    }

    /** The hash code of keys is known to all: of these, each two eight bytes are one of two that lead to the same. */
    @Test
    void keysThatWereMadeToCollideDoNot() {
        int pairs = 12;
        Set<Integer> known = new HashSet<>();
        Set<Integer> secret = new HashSet<>();
        for (int choice = 0; choice < 1 << pairs; choice++) {
            ByteBuffer bytes = ByteBuffer.allocate(pairs * 16);
            for (int pair = 0; pair < pairs; pair++) {
                boolean other = (choice >> pair & 1) == 1;
                bytes.putLong(other ? Long.MIN_VALUE : 0).putLong(other ? Long.MIN_VALUE | 1L << 31 : 0);
            }
            ByteSequence key = ByteSequence.wrap(bytes.array());
            known.add(key.hashCode());
            secret.add(PackedRow.hash(key, SECRET));
        }
        assertThat(known).hasSize(1);
        assertThat(secret).hasSizeGreaterThan((1 << pairs) - 20);
    }

    @Test
    void emptyKeysAndValuesAreRows() {
        put(ByteSequence.EMPTY, new StoredValue(ByteSequence.EMPTY, 1, 2, 3, 4), 5);
        assertThat(rows.find(ByteSequence.EMPTY))
                .isEqualTo(new TableChange(new StoredValue(ByteSequence.EMPTY, 1, 2, 3, 4), 5));
        put(ByteSequence.EMPTY, null, 9);
        assertThat(rows.find(ByteSequence.EMPTY)).isEqualTo(new TableChange(null, 5));
    }

    /** A reader sees each key at the revision that it was put with before the read began, or at a later one. */
    @Test
    void readersNeverMissWhatWasThereWhenTheyBegan() throws Exception {
        int keys = 64;
        AtomicLong written = new AtomicLong();
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            SplittableRandom random = new SplittableRandom(2);
            for (long before = 0; before < 400_000; ) {
                before = written.get();
                long number = random.nextLong(keys);
                long revision = before - Math.floorMod(before - number, (long) keys); // the last put of this key
                TableChange found = rows.find(key(number));
                if (revision > 0) {
                    assertThat(found).isNotNull();
                    StoredValue after = found.after();
                    assertThat(after.modRevision()).isGreaterThanOrEqualTo(revision);
                    assertThat(ByteBuffer.wrap(after.value().array()).getLong()).isEqualTo(after.modRevision());
                }
            }
        });
        for (long revision = 1; revision <= 400_000; revision++) {
            put(key(revision % keys), value(revision, 16, 0), 0);
            put(key(keys + revision), value(revision, 8, 0), 0); // so that the table grows meanwhile
            written.set(revision);
        }
        reader.get(60, TimeUnit.SECONDS);
    }
}
