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
    /** The least the log has taken since the last flush: what it has grown by is counted from there. */
    private long leastBytes;

    private long flushedIndex;
    private long askedIndex;
    private boolean flushing;

    LogKeeper(Raft raft, LogStore log, long purgeBytes, Applier applier, LogWriter logWriter) {
        this.raft = raft;
        this.log = log;
        this.purgeBytes = purgeBytes;
        this.applier = applier;
        this.logWriter = logWriter;
        this.leastBytes = log.sizeBytes();
    }

    /** Looks whether something is due; returns whether the applier was asked to flush. */
    boolean tend() {
        purge();
        long bytes = log.sizeBytes();
        leastBytes = Math.min(leastBytes, bytes); // a purge takes effect some time after it was asked for
        if (flushing || bytes - leastBytes < purgeBytes) {
            return false;
        }
        flushing = true;
        applier.flush();
        return true;
    }

    void onFlushed(long index) {
        flushing = false;
        flushedIndex = index;
        leastBytes = log.sizeBytes();
        purge();
    }

    private void purge() {
        long index = Math.min(flushedIndex, raft.heldByAllIndex());
        // One purge at a time: what the last one dropped stays readable until the next, and the core may be reading it.
        if (index > askedIndex && logWriter.purgedTo() == askedIndex) {
            askedIndex = index;
            logWriter.purge(index); // with its next write: there is no hurry
        }
    }
}
