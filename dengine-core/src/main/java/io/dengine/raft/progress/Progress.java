package io.dengine.raft.progress;

/**
 * What a leader knows of one peer in its term. Owns every transition of {@link ProgressState}. Not thread-safe.
 *
 * <p>Invariant: {@code matchIndex < nextIndex}. {@code matchIndex} never decreases: within a term a follower does not
 * cut what its leader has seen it accept.
 */
public final class Progress {

    private final Inflights inflights;
    private ProgressState state = ProgressState.PROBE;
    private long matchIndex;
    private long nextIndex;
    private boolean probeSent;
    private long commitSent;
    private long lastContactNanos;
    private boolean heard;
    private long lastAppendNanos;

    /**
     * @param nextIndex the first index to try, above 0
     * @param maxInflight the append requests that may be under way, above 0
     * @param nowNanos counts as the first contact, so that a new leader gives its peers one election timeout
     */
    public Progress(long nextIndex, int maxInflight, long nowNanos) {
        this.nextIndex = nextIndex;
        this.inflights = new Inflights(maxInflight);
        this.lastContactNanos = nowNanos;
        this.lastAppendNanos = nowNanos;
    }

    public ProgressState state() {
        return state;
    }

    /** Returns the highest index up to which the peer's durable log is known to agree. */
    public long matchIndex() {
        return matchIndex;
    }

    public long nextIndex() {
        return nextIndex;
    }

    public long lastContactNanos() {
        return lastContactNanos;
    }

    public long lastAppendNanos() {
        return lastAppendNanos;
    }

    /** Returns the highest commit index that a message to the peer has carried. */
    public long commitSent() {
        return commitSent;
    }

    /** Returns whether another append with entries may leave. */
    public boolean maySend() {
        return switch (state) {
            case PROBE -> !probeSent;
            case REPLICATE -> !inflights.isFull();
            case SNAPSHOT -> false;
        };
    }

    /** Returns whether everything that was sent has been answered. */
    public boolean isSettled() {
        return state == ProgressState.REPLICATE && inflights.isEmpty();
    }

    public void onContact(long nowNanos) {
        lastContactNanos = nowNanos;
        heard = true;
    }

    /** Returns whether the peer has ever answered: {@link #lastContactNanos} begins with a grace. */
    public boolean wasHeard() {
        return heard;
    }

    /** An append with entries up to {@code lastIndex} has left. */
    public void onEntriesSent(long lastIndex, long nowNanos) {
        lastAppendNanos = nowNanos;
        if (state == ProgressState.PROBE) {
            probeSent = true;
        } else {
            inflights.add(lastIndex);
            nextIndex = lastIndex + 1;
        }
    }

    /** An append without entries has left, outside the window. */
    public void onCheckSent(long nowNanos) {
        lastAppendNanos = nowNanos;
    }

    public void onCommitSent(long commitIndex) {
        commitSent = Math.max(commitSent, commitIndex);
    }

    /**
     * The peer holds everything up to {@code index} durably.
     *
     * @return whether that is news
     */
    public boolean onAccepted(long index) {
        boolean advanced = index > matchIndex;
        matchIndex = Math.max(matchIndex, index);
        if (state == ProgressState.REPLICATE) {
            inflights.freeUpTo(index);
            nextIndex = Math.max(nextIndex, matchIndex + 1);
        } else {
            state = ProgressState.REPLICATE;
            inflights.clear();
            nextIndex = matchIndex + 1;
        }
        return advanced;
    }

    /**
     * The peer refused an append behind {@code previousIndex}. Refusals that the leader has overtaken are ignored: they
     * may be repeated or late.
     *
     * @param retryIndex the highest index that may still follow an agreed entry, as far as the answer tells
     */
    public void onRejected(long previousIndex, long retryIndex) {
        if (state == ProgressState.REPLICATE && previousIndex > matchIndex) {
            // Something before it was lost. What matched still matches, so that is where to go on.
            state = ProgressState.PROBE;
            inflights.clear();
            nextIndex = matchIndex + 1;
            probeSent = false;
        } else if (state == ProgressState.PROBE && previousIndex == nextIndex - 1) {
            nextIndex = Math.max(matchIndex + 1, Math.min(previousIndex, retryIndex));
            probeSent = false;
        }
    }

    /**
     * The log starts above what the peer needs.
     *
     * @return whether that is news
     */
    public boolean onBehindLog() {
        boolean changed = state != ProgressState.SNAPSHOT;
        state = ProgressState.SNAPSHOT;
        inflights.clear();
        return changed;
    }
}
