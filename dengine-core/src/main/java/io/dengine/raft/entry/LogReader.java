package io.dengine.raft.entry;

import java.util.List;

/**
 * Reads the durable part of a log. The core only asks for entries it knows to be written, so what the writer appends
 * or cuts at the same time is never what is being read; implementations allow the two to run on different threads.
 *
 * <p>Entries {@code [base().index() + 1, last().index()]} are present. Any exception out of a call means that the log
 * cannot be trusted and the node must stop.
 */
public interface LogReader {

    /** Returns the id of the entry just below the first one present; {@link EntryId#ZERO} while nothing was purged. */
    EntryId base();

    /** Returns the cluster time of the entry at {@link #base()}; 0 while nothing was purged. */
    long baseClusterTimeMillis();

    /** Returns the id of the last entry present, or {@link #base()} if there is none. */
    EntryId last();

    /**
     * Returns the term of the entry at {@code index}.
     *
     * @param index from {@code base().index()} to {@code last().index()}, both included
     */
    long termAt(long index);

    /**
     * Returns entries from {@code fromIndex} on, in order, without gap: at least one, more while their payloads
     * together stay within {@code maxBytes}.
     *
     * @param fromIndex above {@code base().index()}
     * @param toIndexExclusive at most {@code last().index() + 1}, above {@code fromIndex}
     */
    List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes);
}
