package io.dengine.node;

import io.dengine.raft.Raft;
import io.dengine.storage.LogStore;

/**
 * Keeps the log from growing without end: when it has grown past its bound the state is flushed, and what both the
 * flushed state covers and every member holds is purged. Not thread-safe: the event loop's.
 */
final class LogKeeper {

    private final Raft raft;
    private final LogStore log;
    private final long purgeBytes;
    private final Applier applier;
    private final LogWriter logWriter;
    private long bytesAfterPurge;
    private long flushedIndex;
    private boolean flushing;

    LogKeeper(Raft raft, LogStore log, long purgeBytes, Applier applier, LogWriter logWriter) {
        this.raft = raft;
        this.log = log;
        this.purgeBytes = purgeBytes;
        this.applier = applier;
        this.logWriter = logWriter;
        this.bytesAfterPurge = log.sizeBytes();
    }

    /** Looks whether something is due; returns whether the applier was asked to flush. */
    boolean tend() {
        purge();
        if (flushing || log.sizeBytes() - bytesAfterPurge < purgeBytes) {
            return false;
        }
        flushing = true;
        applier.flush();
        return true;
    }

    void onFlushed(long index) {
        flushing = false;
        flushedIndex = index;
        bytesAfterPurge = log.sizeBytes();
        purge();
    }

    private void purge() {
        // The writer looks at this with its next write; there is no hurry.
        logWriter.purge(Math.min(flushedIndex, raft.minMatchIndex()));
    }
}
