package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the batches since some moment, each as the last of them left it: one batch that the table behind has not been given, or
 * was given last. Grows by one thread at a time, under its owner's lock; any thread may look rows up.
 *
 * <p>A hash table whose chains are immutable: who reads one sees it as it was at some time since the read began, and never waits.
 */
final class RecentRows {

    private static final int LEAST_BUCKETS = 16;

    /** Of a row beside its array: what refers to it, and the array's own header. */
    private static final int OVERHEAD_BYTES = 64;

    /** One row of a chain, and the next. */
    private static final class Link {

        /** Spares a look at the array where it is another's. */
        private final int hash;

        /** See {@link PackedRow}. */
        private final byte[] packed;

        private final @Nullable Link next;

        Link(int hash, byte[] packed, @Nullable Link next) {
            this.hash = hash;
            this.packed = packed;
            this.next = next;
        }
    }

    private volatile AtomicReferenceArray<@Nullable Link> buckets = new AtomicReferenceArray<>(LEAST_BUCKETS);
    private final long secret;
    private AppliedState end;
    private boolean changed;
    private int count;
    private long bytes;

    /**
     * Nothing yet; follows {@code start}.
     *
     * @param secret see {@link PackedRow#hash}
     */
    RecentRows(AppliedState start, long secret) {
        this.secret = secret;
        this.end = start;
    }

    void add(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        for (Map.Entry<ByteSequence, TableChange> change : changes.entrySet()) {
            put(change.getKey(), change.getValue());
        }
        end = applied;
        changed = true;
    }

    private void put(ByteSequence key, TableChange change) {
        int hash = PackedRow.hash(key, secret);
        int bucket = bucketOf(hash, buckets.length());
        Link chain = buckets.get(bucket);
        Link earlier = find(chain, hash, key);
        // The deadline before is that of the table behind, which does not learn of what came in between.
        long deadlineBefore = earlier == null ? change.deadlineBefore() : PackedRow.deadlineBefore(earlier.packed);
        byte[] packed = PackedRow.of(key, change, deadlineBefore);
        buckets.setRelease(bucket, new Link(hash, packed, earlier == null ? chain : without(chain, earlier)));
        bytes += packed.length;
        if (earlier == null) {
            bytes += OVERHEAD_BYTES;
            count++;
            if (count > buckets.length() - buckets.length() / 4) {
                grow();
            }
        } else {
            bytes -= earlier.packed.length;
        }
    }

    private static int bucketOf(int hash, int buckets) {
        return hash & (buckets - 1);
    }

    private static @Nullable Link find(@Nullable Link chain, int hash, ByteSequence key) {
        for (Link link = chain; link != null; link = link.next) {
            if (link.hash == hash && PackedRow.isOf(link.packed, key)) {
                return link;
            }
        }
        return null;
    }

    /** Returns the chain's other rows. */
    private static @Nullable Link without(@Nullable Link chain, Link gone) {
        Link rest = gone.next;
        for (Link link = chain; link != null && link != gone; link = link.next) {
            rest = new Link(link.hash, link.packed, rest);
        }
        return rest;
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Link> larger = new AtomicReferenceArray<>(2 * buckets.length());
        for (int i = 0; i < buckets.length(); i++) {
            for (Link link = buckets.get(i); link != null; link = link.next) {
                int bucket = bucketOf(link.hash, larger.length());
                larger.setPlain(bucket, new Link(link.hash, link.packed, larger.getPlain(bucket)));
            }
        }
        buckets = larger;
    }

    /** Returns what became of {@code key}, or null if nothing did. */
    @Nullable
    TableChange find(ByteSequence key) {
        AtomicReferenceArray<@Nullable Link> present = buckets;
        int hash = PackedRow.hash(key, secret);
        Link found = find(present.getAcquire(bucketOf(hash, present.length())), hash, key);
        return found == null ? null : PackedRow.change(found.packed);
    }

    boolean isEmpty() {
        return !changed;
    }

    long bytes() {
        return bytes;
    }

    /** Only once it no longer grows. */
    void giveTo(TableStore table) {
        table.apply(new Changes(), end);
    }

    /** All rows as a batch, each unpacked when it is its turn. */
    private final class Changes extends AbstractMap<ByteSequence, TableChange> {

        @Override
        public Set<Map.Entry<ByteSequence, TableChange>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public Iterator<Map.Entry<ByteSequence, TableChange>> iterator() {
                    return new Rows();
                }

                @Override
                public int size() {
                    return count;
                }
            };
        }
    }

    private final class Rows implements Iterator<Map.Entry<ByteSequence, TableChange>> {

        private int bucket;
        private @Nullable Link next;

        Rows() {
            advance();
        }

        private void advance() {
            while (next == null && bucket < buckets.length()) {
                next = buckets.get(bucket++);
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Map.Entry<ByteSequence, TableChange> next() {
            Link row = next;
            if (row == null) {
                throw new NoSuchElementException();
            }
            next = row.next;
            advance();
            return Map.entry(PackedRow.key(row.packed), PackedRow.change(row.packed));
        }
    }
}
