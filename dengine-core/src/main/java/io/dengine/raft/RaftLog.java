package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.LogReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The log as the algorithm sees it: the durable part through a {@link LogReader}, under a tail in memory.
 *
 * <p>Invariants: {@code base <= durable <= last}; {@code durable <= written <= last} (written: handed to the writer);
 * every entry above {@code durable} is in memory, so the reader is never asked for what the writer may still be at.
 */
final class RaftLog {

    /** Bounds a batch of entries whose payloads are empty. */
    static final int MAX_BATCH_ENTRIES = 4096;

    private final LogReader stored;
    private final EntryWindow tail;
    private final long maxCachedBytes;
    private EntryId last;
    private long lastClusterTimeMillis;
    private EntryId durable;
    private long writtenIndex;
    private long cutTerm;
    private EntryId restartedBehind = EntryId.ZERO;

    RaftLog(LogReader stored, long maxCachedBytes) {
        this.stored = stored;
        this.maxCachedBytes = maxCachedBytes;
        last = stored.last();
        durable = last;
        writtenIndex = last.index();
        tail = new EntryWindow(last.index() + 1);
        lastClusterTimeMillis = last.index() == stored.base().index()
                ? stored.baseClusterTimeMillis()
                : stored.read(last.index(), last.index() + 1, 1).get(0).clusterTimeMillis();
    }

    EntryId base() {
        EntryId base = stored.base();
        return restartedBehind.index() > base.index() ? restartedBehind : base;
    }

    EntryId last() {
        return last;
    }

    long lastIndex() {
        return last.index();
    }

    long lastClusterTimeMillis() {
        return lastClusterTimeMillis;
    }

    EntryId durable() {
        return durable;
    }

    /** Returns the term at {@code index}, which is from {@code base().index()} to {@code lastIndex()}. */
    long termAt(long index) {
        if (index == last.index()) {
            return last.term();
        }
        if (index == restartedBehind.index()) {
            return restartedBehind.term();
        }
        return index >= tail.firstIndex() ? tail.get(index).term() : stored.termAt(index);
    }

    EntryId idAt(long index) {
        return new EntryId(termAt(index), index);
    }

    /** Returns whether this log holds the entry; {@code id.index()} is not below the base. */
    boolean holds(EntryId id) {
        return id.index() <= last.index() && termAt(id.index()) == id.term();
    }

    /**
     * Returns the highest index, at most {@code index}, whose term is at most {@code term}: no entry above it can agree
     * with a log that has {@code term} at {@code index}. Does not look below {@code floor}.
     */
    long lastIndexUpToTerm(long index, long term, long floor) {
        long candidate = Math.min(index, last.index());
        while (candidate > floor && termAt(candidate) > term) {
            candidate--;
        }
        return candidate;
    }

    /** Returns entries from {@code fromIndex} on: at least one, more while their payloads stay within {@code maxBytes}. */
    List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
        long end = Math.min(toIndexExclusive, fromIndex + MAX_BATCH_ENTRIES);
        if (fromIndex < tail.firstIndex()) {
            return Collections.unmodifiableList(stored.read(fromIndex, Math.min(end, tail.firstIndex()), maxBytes));
        }
        List<Entry> entries = new ArrayList<>();
        long bytes = 0;
        for (long index = fromIndex; index < end; index++) {
            Entry entry = tail.get(index);
            bytes += entry.payload().length;
            if (bytes > maxBytes && !entries.isEmpty()) {
                break;
            }
            entries.add(entry);
        }
        return Collections.unmodifiableList(entries);
    }

    void append(Entry entry) {
        tail.add(entry);
        last = entry.id();
        lastClusterTimeMillis = entry.clusterTimeMillis();
    }

    /**
     * Cuts the log in front of {@code index}; entries must follow before anything else happens.
     *
     * @param term the present term, whose leader's log differs from here on
     */
    void cutFrom(long index, long term) {
        EntryId kept = idAt(index - 1);
        tail.cutFrom(index);
        last = kept;
        writtenIndex = Math.min(writtenIndex, kept.index());
        if (durable.index() > kept.index()) {
            durable = kept;
        }
        cutTerm = term;
    }

    /**
     * Drops everything and starts over behind a snapshot that is on this disk. Its last entry counts as durable at once: a crash
     * before the store has followed goes back to the old log, which promised nothing about the entries in between. Reports
     * of earlier writes are no danger: an entry behind the snapshot that the old log held too would mean, by log matching,
     * that it held the snapshot's last entry, and then the log is not restarted.
     */
    void restart(RestorePoint point) {
        restartedBehind = point.last();
        tail.restart(point.last().index() + 1);
        last = point.last();
        durable = last;
        writtenIndex = last.index();
        lastClusterTimeMillis = point.clusterTimeMillis();
    }

    boolean hasUnwritten() {
        return writtenIndex < last.index();
    }

    /** Returns the entries that the writer has not been given yet. */
    List<Entry> takeUnwritten() {
        if (!hasUnwritten()) {
            return List.of();
        }
        List<Entry> entries = new ArrayList<>((int) (last.index() - writtenIndex));
        for (long index = writtenIndex + 1; index <= last.index(); index++) {
            entries.add(tail.get(index));
        }
        writtenIndex = last.index();
        return Collections.unmodifiableList(entries);
    }

    /**
     * The writer reports an entry durable, and all before it. It may speak of an entry that was overwritten since (the
     * ids differ), even of one that was overwritten and later put back, of which only the first copy was durable, until
     * the second overwriting reaches the disk. Reports come in the order of the writes, and a log is cut at most once at
     * an index in one term, after that term's hard state was handed out: a report is about the present entries if
     * it comes after that hard state is durable.
     *
     * @param savedTerm the term of the newest hard state known to be durable
     * @return whether that is news
     */
    boolean onDurable(EntryId id, long savedTerm) {
        boolean present = savedTerm >= cutTerm && id.index() > durable.index() && holds(id);
        if (present) {
            durable = id;
        }
        return present;
    }

    /**
     * Drops durable entries up to {@code committedIndex} from memory: those in front of {@code neededIndex} at once, since what lives long
     * costs the garbage collector most, others as far as the cache is over its limit. Not only those applied: while a state machine
     * stands still the log goes on.
     *
     * @param neededIndex the first entry that this node may still apply or send, or the one in front of it
     */
    void evict(long committedIndex, long neededIndex) {
        long limit = Math.min(committedIndex, durable.index());
        while (tail.firstIndex() <= limit && (tail.firstIndex() < neededIndex || tail.bytes() > maxCachedBytes)) {
            tail.removeFirst();
        }
    }
}
