package io.dengine.node;

import io.dengine.raft.Raft;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a leader whose disk stands still give way. Its heartbeats would hold its followers, while it answers no write: it
 * applies only what it has durably. It cannot win again before the disk moves, since its own vote must be durable first.
 * Not thread-safe: the event loop's.
 */
final class StallWatch {

    private static final Logger log = LoggerFactory.getLogger(StallWatch.class);

    private final Raft raft;
    private final LogWriter logWriter;
    private final long patienceNanos;
    private long reportedWriteNanos;

    /**
     * @param patienceNanos how long one write may take
     */
    StallWatch(Raft raft, LogWriter logWriter, long patienceNanos) {
        this.raft = raft;
        this.logWriter = logWriter;
        this.patienceNanos = patienceNanos;
    }

    /** Called again and again: a hand-over that finds no successor is given up by the core after a while. */
    void look(long nowNanos) {
        long sinceNanos = logWriter.writingSinceNanos();
        boolean stalled = nowNanos - sinceNanos >= patienceNanos;
        if (stalled && raft.transferLeadership(null) && reportedWriteNanos != sinceNanos) {
            reportedWriteNanos = sinceNanos;
            log.warn("node {} gives way to another leader: its disk has not finished a write in time", raft.self());
        }
    }
}
