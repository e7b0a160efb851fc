package io.dengine.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a table must hold, and random batches to get there. The same seed makes the same batches. */
public final class TableTwin {

    private final RandomGenerator random;
    private final int keys;
    private final int maxValueBytes;
    private final NavigableMap<ByteSequence, StoredValue> rows = new TreeMap<>();
    private AppliedState applied = AppliedState.EMPTY;

    public TableTwin(long seed, int keys, int maxValueBytes) {
        this.random = new SplittableRandom(seed);
        this.keys = keys;
        this.maxValueBytes = maxValueBytes;
    }

    /** Applies the next batch to the twin, and to {@code store} if there is one. */
    public void next(@Nullable TableStore store) {
        Map<ByteSequence, TableChange> changes = new LinkedHashMap<>();
        int size = random.nextInt(8);
        for (int i = 0; i < size; i++) {
            ByteSequence key = randomKey();
            if (!changes.containsKey(key)) {
                StoredValue before = rows.get(key);
                StoredValue after = random.nextInt(4) == 0 ? null : randomValue();
                changes.put(key, new TableChange(after, before == null ? 0 : before.deadlineMillis()));
            }
        }
        changes.forEach((key, change) -> {
            if (change.after() == null) {
                rows.remove(key);
            } else {
                rows.put(key, change.after());
            }
        });
        applied = new AppliedState(
                applied.index() + 1,
                1 + applied.index() / 10,
                applied.revision() + changes.size(),
                applied.clusterTimeMillis() + random.nextInt(5),
                random.nextLong(),
                random.nextInt(10) == 0 ? randomMembership() : applied.membership());
        if (store != null) {
            store.apply(changes, applied);
        }
    }

    public AppliedState applied() {
        return applied;
    }

    /** Checks everything a store tells. */
    public void assertSameAs(TableStore store) {
        assertThat(store.applied()).isEqualTo(applied);
        Map<ByteSequence, Long> deadlines = new TreeMap<>();
        store.forEachDeadline(
                (key, deadline) -> assertThat(deadlines.put(key, deadline)).isNull());
        Map<ByteSequence, Long> expected = new TreeMap<>();
        rows.forEach((key, value) -> {
            if (value.deadlineMillis() != 0) {
                expected.put(key, value.deadlineMillis());
            }
        });
        assertThat(deadlines).isEqualTo(expected);
        for (int i = 0; i < 10; i++) {
            ByteSequence key = randomKey();
            assertThat(store.get(key)).isEqualTo(rows.get(key));
        }
        try (TableStore.View view = store.view()) {
            frozen().assertSameAs(view);
        }
    }

    /** Returns what a view opened now must show for ever. */
    public Frozen frozen() {
        ByteSequence from = randomKey();
        ByteSequence to = randomKey();
        return new Frozen(new TreeMap<>(rows), applied, from, to);
    }

    /** A moment of the twin, with random bounds for a scan. */
    public record Frozen(
            NavigableMap<ByteSequence, StoredValue> rows, AppliedState applied, ByteSequence from, ByteSequence to) {

        public void assertSameAs(TableStore.View view) {
            assertThat(view.applied()).isEqualTo(applied);
            assertThat(view.get(from)).isEqualTo(rows.get(from));
            assertThat(scan(view, ByteSequence.EMPTY, null)).isEqualTo(List.copyOf(rows.entrySet()));
            assertThat(scan(view, from, null))
                    .isEqualTo(List.copyOf(rows.tailMap(from, true).entrySet()));
            if (from.compareTo(to) <= 0) {
                assertThat(scan(view, from, to))
                        .isEqualTo(
                                List.copyOf(rows.subMap(from, true, to, false).entrySet()));
            } else {
                assertThat(scan(view, from, to)).isEmpty();
            }
        }
    }

    static List<Map.Entry<ByteSequence, StoredValue>> scan(
            TableStore.View view, ByteSequence from, @Nullable ByteSequence to) {
        List<Map.Entry<ByteSequence, StoredValue>> found = new ArrayList<>();
        view.scan(from, to, (key, value) -> found.add(Map.entry(key, value)));
        return found;
    }

    /** Keys of up to three bytes around the ends of the byte range, so that one is often another's prefix. */
    private ByteSequence randomKey() {
        int n = random.nextInt(keys);
        byte[] alphabet = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFE, (byte) 0xFF};
        List<Byte> bytes = new ArrayList<>();
        while (n > 0) {
            n--;
            bytes.add(alphabet[n % alphabet.length]);
            n /= alphabet.length;
        }
        byte[] key = new byte[bytes.size()];
        for (int i = 0; i < key.length; i++) {
            key[i] = bytes.get(i);
        }
        return ByteSequence.wrap(key);
    }

    private Membership randomMembership() {
        Set<NodeId> voters = new TreeSet<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            voters.add(NodeId.of(1 + random.nextInt(9)));
        }
        return Membership.ofVoters(voters);
    }

    private StoredValue randomValue() {
        byte[] value = new byte[random.nextInt(maxValueBytes + 1)];
        random.nextBytes(value);
        long revision = 1L + random.nextInt(1000);
        long deadline = random.nextInt(3) == 0 ? 0 : 1L + random.nextInt(100);
        return new StoredValue(ByteSequence.wrap(value), revision, revision + 1, 2, deadline);
    }
}
