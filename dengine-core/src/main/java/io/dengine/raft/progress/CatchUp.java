package io.dengine.raft.progress;

/**
 * Whether a learner keeps up with the leader, counted in rounds: each takes it to where the log ended when the round began. A
 * round shorter than an election timeout says that as a voter it would not hold up the cluster for longer than an election
 * does (Ongaro's thesis, section 4.2.1). Not thread-safe.
 */
public final class CatchUp {

    private long targetIndex;
    private long startNanos;
    private boolean caughtUp;

    /**
     * @param lastIndex where the log ends
     */
    public CatchUp(long lastIndex, long nowNanos) {
        targetIndex = lastIndex;
        startNanos = nowNanos;
    }

    /**
     * Takes note of how far the learner is.
     *
     * @param matchIndex up to where it is known to hold the log
     * @param lastIndex where the log ends
     */
    public void observe(long matchIndex, long lastIndex, long nowNanos, long electionTimeoutNanos) {
        boolean inTime = nowNanos - startNanos < electionTimeoutNanos;
        if (matchIndex >= targetIndex) {
            caughtUp = inTime;
            targetIndex = lastIndex;
            startNanos = nowNanos;
        } else if (!inTime) {
            caughtUp = false;
        }
    }

    public boolean isCaughtUp() {
        return caughtUp;
    }
}
