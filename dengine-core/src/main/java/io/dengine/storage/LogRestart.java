package io.dengine.storage;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.LogReader;

/**
 * That a log starts over behind the last entry of a snapshot. Immutable.
 *
 * @param base the entry
 * @param clusterTimeMillis the cluster time of that entry
 */
public record LogRestart(EntryId base, long clusterTimeMillis) {

    /** Returns whether {@code log} does not follow on {@link #base()} yet: it ends before it, or has another entry in its place. */
    public boolean isDue(LogReader log) {
        if (base.index() < log.base().index()) {
            return false;
        }
        return base.index() > log.last().index() || log.termAt(base.index()) != base.term();
    }
}
