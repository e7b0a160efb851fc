package io.dengine.node;

import io.dengine.config.LogSettings;
import io.dengine.raft.PeerProgress;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.progress.ProgressState;
import io.dengine.storage.LogStore;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Keeps the log from growing without end. When it has grown past a bound, by bytes, entries or age, the state is
 * flushed; what the flushed state covers and no follower is worth keeping it for is purged. A follower is worth it as
 * long as feeding it from the log costs less than a snapshot: it lacks fewer bytes of log than the state has, or than
 * {@code purgeBytes}. One that is gone is worth {@code purgeBytes}. Not thread-safe: the event loop's.
 */
final class LogKeeper {

    private final Raft raft;
    private final LogStore log;
    private final LogSettings limits;
    private final LongSupplier stateBytes;
    private final long goneNanos;
    private final StateFlusher flusher;
    private final LogWriter logWriter;

    /** Where a follower that is being fed by a snapshot will go on in the log; negative for one that is not. */
    private final ToLongFunction<NodeId> fetchedIndex;

    /** The least the log has taken since the last flush: what it has grown by is counted from there. */
    private long leastBytes;

    private long flushedIndex;
    private long flushedNanos;
    private long askedIndex;
    private boolean flushing;

    /**
     * @param stateBytes how large the state is
     * @param goneNanos without an answer for that long a follower counts as gone
     * @param fetchedIndex the last index of the snapshot that a follower fetches; negative if it fetches none
     */
    LogKeeper(
            Raft raft,
            LogStore log,
            LogSettings limits,
            LongSupplier stateBytes,
            long goneNanos,
            ToLongFunction<NodeId> fetchedIndex,
            StateFlusher flusher,
            LogWriter logWriter,
            long nowNanos) {
        this.raft = raft;
        this.log = log;
        this.limits = limits;
        this.stateBytes = stateBytes;
        this.goneNanos = goneNanos;
        this.fetchedIndex = fetchedIndex;
        this.flusher = flusher;
        this.logWriter = logWriter;
        this.leastBytes = log.sizeBytes();
        this.flushedIndex = log.base().index();
        this.flushedNanos = nowNanos;
    }

    /** Looks whether something is due. */
    void tend(long nowNanos) {
        purge(nowNanos);
        long bytes = log.sizeBytes();
        leastBytes = Math.min(leastBytes, bytes); // a purge takes effect some time after it was asked for
        long unflushed = raft.lastApplied() - flushedIndex;
        boolean due = bytes - leastBytes >= limits.purgeBytes()
                || unflushed >= limits.purgeEntries()
                || nowNanos - flushedNanos >= limits.purgeAge().toNanos();
        if (due && unflushed > 0) {
            flush();
        }
    }

    /** Asks for a flush, unless one is under way. */
    void flush() {
        if (!flushing) {
            flushing = true;
            flusher.flush();
        }
    }

    /** The state is durable up to {@code index}. */
    void onFlushed(long index, long nowNanos) {
        flushing = false;
        flushedIndex = Math.max(flushedIndex, index);
        flushedNanos = nowNanos;
        leastBytes = log.sizeBytes();
        purge(nowNanos);
    }

    /** A snapshot has taken the place of the state: it is durable as it is. */
    void onRestored(long index, long nowNanos) {
        boolean stillFlushing = flushing;
        onFlushed(index, nowNanos);
        flushing = stillFlushing;
    }

    private void purge(long nowNanos) {
        // One purge at a time: what the last one dropped stays readable until the next, and the core may be reading it.
        if (flushedIndex <= askedIndex || logWriter.purgedTo() != askedIndex) {
            return;
        }
        long index = Math.min(flushedIndex, keptFrom(nowNanos));
        if (index > askedIndex) {
            askedIndex = index;
            logWriter.purge(index); // with its next write: there is no hurry
        }
    }

    /** Returns the index behind which entries are kept for others. */
    private long keptFrom(long nowNanos) {
        if (raft.role() != RoleKind.LEADER) {
            // A hint from the leader, for the day this node leads.
            return worthKeeping(raft.heldByAllIndex(), limits.purgeBytes());
        }
        long from = Long.MAX_VALUE;
        long most = Math.max(limits.purgeBytes(), stateBytes.getAsLong());
        for (PeerProgress peer : raft.peers()) {
            boolean gone = nowNanos - peer.lastContactNanos() >= goneNanos;
            if (!gone && peer.matchIndex() == 0 && peer.state() == ProgressState.PROBE) {
                return log.base().index(); // what it lacks is not known yet
            }
            long index = Math.max(peer.matchIndex(), fetchedIndex.applyAsLong(peer.peer()));
            from = Math.min(from, worthKeeping(index, gone ? limits.purgeBytes() : most));
        }
        return from;
    }

    /** Returns {@code index}, or no bound if what follows it in the log takes more than {@code most} bytes. */
    private long worthKeeping(long index, long most) {
        long base = log.base().index();
        long last = log.last().index();
        if (index < base || last == base) {
            return Long.MAX_VALUE; // the log is of no use to it any more
        }
        // Segments do not tell where in them an entry lies: all entries are taken to be of the same size.
        double lacking = (double) log.sizeBytes() * (last - index) / (last - base);
        return lacking <= most ? index : Long.MAX_VALUE;
    }
}
