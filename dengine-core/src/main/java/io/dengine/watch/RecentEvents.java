package io.dengine.watch;

import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The latest revisions in memory, without gap, bounded by events and bytes; the newest revision stays whatever its size.
 * Not thread-safe.
 */
final class RecentEvents {

    private record Item(RevisionEvents change, int bytes, long millis) {}

    private final long maxEvents;
    private final long maxBytes;

    /** Revision r is at r modulo the length, a power of two. */
    private @Nullable Item[] ring = new @Nullable Item[16];

    private long first;
    private long last;
    private long events;
    private long bytes;

    /** Nothing is held; the next revision is {@code last + 1}. */
    RecentEvents(long maxEvents, long maxBytes, long last) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
        this.first = last + 1;
        this.last = last;
    }

    void add(RevisionEvents change, long nowMillis) {
        if (last - first + 1 == ring.length) {
            grow();
        }
        Item item = new Item(change, EventRecord.size(change), nowMillis);
        last = change.revision();
        ring[slot(last)] = item;
        events += change.events().size();
        bytes += item.bytes;
        while (first < last && (events > maxEvents || bytes > maxBytes)) {
            dropFirst();
        }
    }

    void dropBefore(long revision) {
        while (first <= last && first < revision) {
            dropFirst();
        }
    }

    /** Drops what was added at or before {@code millis}. */
    void dropUntil(long millis) {
        while (first <= last && at(first).millis <= millis) {
            dropFirst();
        }
    }

    boolean holds(long revision) {
        return first <= revision && revision <= last;
    }

    /** Returns the revisions from {@code from}, which is held, on: at least one, and more while they stay within {@code maxBytes}. */
    List<RevisionEvents> from(long from, long maxBytes) {
        List<RevisionEvents> changes = new ArrayList<>();
        long taken = 0;
        for (long revision = from; revision <= last; revision++) {
            Item item = at(revision);
            taken += item.bytes;
            if (taken > maxBytes && !changes.isEmpty()) {
                break;
            }
            changes.add(item.change);
        }
        return changes;
    }

    /** Returns the oldest revision held, or the next one to come. */
    long first() {
        return first;
    }

    long events() {
        return events;
    }

    long bytes() {
        return bytes;
    }

    private void dropFirst() {
        Item item = at(first);
        ring[slot(first)] = null;
        first++;
        events -= item.change.events().size();
        bytes -= item.bytes;
    }

    private Item at(long revision) {
        Item item = ring[slot(revision)];
        if (item == null) {
            throw new IllegalStateException("revision " + revision + " is outside " + first + ".." + last);
        }
        return item;
    }

    private int slot(long revision) {
        return (int) (revision & (ring.length - 1));
    }

    private void grow() {
        @Nullable Item[] old = ring;
        ring = new @Nullable Item[old.length * 2];
        for (long revision = first; revision <= last; revision++) {
            ring[slot(revision)] = old[(int) (revision & (old.length - 1))];
        }
    }
}
