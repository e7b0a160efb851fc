package io.dengine.storage;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.LogReader;
import java.util.List;

/**
 * The durable log and hard state of one node. Writes come from one thread; reads may come from another.
 *
 * <p>Every method that writes throws {@link StorageFailure} where the outcome on disk is unknown. After that the store
 * refuses all further writes: a failed sync is never retried, since the kernel may have dropped the dirty pages.
 */
public interface LogStore extends LogReader, AutoCloseable {

    /** Returns the hard state last saved. */
    HardState hardState();

    /** Makes {@code hardState} durable before it returns. */
    void save(HardState hardState);

    /**
     * Appends {@code entries}, which follow each other without gap; the first may lie at or below {@code last()}, and
     * then everything from it on is cut first. Durable only after the next {@link #sync()}.
     */
    void append(List<Entry> entries);

    /** Makes everything appended so far durable: one disk flush, whatever the number of entries. */
    void sync();

    /**
     * Allows the store to drop entries up to and including {@code index}. It may keep more; {@link #base()} tells what
     * was dropped. What one purge drops can still be read until the next one begins, so a reader on the thread that
     * orders purges, one at a time, never loses an entry it has just seen above {@link #base()}.
     */
    void purge(long index);

    /**
     * Drops every entry and starts over behind {@code base}: {@link #base()} and {@link #last()} are then {@code base}.
     * Durable on return; a crash meanwhile leaves the old log or the new one. The hard state stays.
     *
     * <p>No read of an entry may be under way, and none of the old ones may follow.
     *
     * @param base an entry at or behind {@link #base()} that this log does not hold
     * @param clusterTimeMillis the cluster time of that entry
     */
    void reset(EntryId base, long clusterTimeMillis);

    /** Returns the bytes that the log takes on disk. */
    long sizeBytes();

    @Override
    void close();
}
