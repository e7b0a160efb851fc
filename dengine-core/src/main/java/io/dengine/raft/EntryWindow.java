package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Consecutive entries in memory: grows at the end, shrinks at both. A ring addressed by log index. */
final class EntryWindow {

    /** What an entry costs beside its payload, so that entries without payload are bounded too. */
    private static final int ENTRY_BYTES = 64;

    private @Nullable Entry[] ring = new @Nullable Entry[64];
    private long firstIndex;
    private long endIndex;
    private long bytes;

    /** @param firstIndex the index of the first entry to come */
    EntryWindow(long firstIndex) {
        this.firstIndex = firstIndex;
        this.endIndex = firstIndex;
    }

    /** Returns the index of the first entry held, or of the next one to come if none is. */
    long firstIndex() {
        return firstIndex;
    }

    long bytes() {
        return bytes;
    }

    Entry get(long index) {
        if (index < firstIndex || index >= endIndex) {
            throw new IllegalStateException("no entry " + index + " in [" + firstIndex + ", " + endIndex + ")");
        }
        return Objects.requireNonNull(ring[slot(index)]);
    }

    void add(Entry entry) {
        if (entry.index() != endIndex) {
            throw new IllegalStateException("entry " + entry.id() + " does not follow index " + (endIndex - 1));
        }
        if (endIndex - firstIndex == ring.length) {
            grow();
        }
        ring[slot(endIndex)] = entry;
        endIndex++;
        bytes += cost(entry);
    }

    void removeFirst() {
        bytes -= cost(get(firstIndex));
        ring[slot(firstIndex)] = null;
        firstIndex++;
    }

    /** Drops the entries from {@code index} on; the next entry to come is at {@code index}. */
    void cutFrom(long index) {
        while (endIndex > Math.max(index, firstIndex)) {
            endIndex--;
            bytes -= cost(Objects.requireNonNull(ring[slot(endIndex)]));
            ring[slot(endIndex)] = null;
        }
        endIndex = index;
        firstIndex = Math.min(firstIndex, index);
    }

    /** Drops all; the next entry to come is at {@code index}. */
    void restart(long index) {
        cutFrom(firstIndex);
        firstIndex = index;
        endIndex = index;
    }

    private void grow() {
        @Nullable Entry[] old = ring;
        ring = new @Nullable Entry[old.length * 2];
        for (long i = firstIndex; i < endIndex; i++) {
            ring[slot(i)] = old[(int) (i & (old.length - 1))];
        }
    }

    private int slot(long index) {
        return (int) (index & (ring.length - 1));
    }

    private static long cost(Entry entry) {
        return (long) ENTRY_BYTES + entry.payload().length;
    }
}
