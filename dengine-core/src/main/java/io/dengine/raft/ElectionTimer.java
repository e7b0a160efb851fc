package io.dengine.raft;

import java.util.random.RandomGenerator;

/**
 * When this node may campaign, and until when it owes its leader silence.
 *
 * <p><b>Why no other leader can be elected within a lease.</b> A leader's lease from a round of heartbeats ends at
 * {@code send + electionTimeout * (1 - maxClockDrift)} on its clock, once a quorum has answered. An election needs a quorum too, so
 * some voter both answered the round and voted. It answered before it voted: afterwards its term was higher and the answer would
 * have carried that term. When it answered it promised, by {@link #heardFromLeader}, to grant no vote for a whole election timeout
 * on its own clock. That began after the send and lasts at least {@code electionTimeout / (1 + drift)} of the leader's
 * time, which is no less than the lease. What could void the promise, and why it does not:
 *
 * <ul>
 *   <li><i>Late processing.</i> A message is dated by the first tick <em>after</em> it, never by the one before: a pause
 *       between that tick and the message would otherwise date the promise before the send.
 *   <li><i>Term changes.</i> A stray answer may carry a higher term while the lease runs. The promise is tied to the
 *       time, not to the term or the known leader, and only ever moves forward.
 *   <li><i>The voter campaigns itself.</i> Each deadline is set a full election timeout or more after the last contact.
 *   <li><i>It campaigned already.</i> A candidate whose request is still under way must get it granted by a voter that
 *       has not answered the round, or after the promise: the argument above needs no order between the request and the round.
 *   <li><i>Restart.</i> An answer leaves only when its term is durable, so a node that starts with a term above 0 may
 *       have promised just before, and promises once more.
 *   <li><i>Transfer.</i> Votes asked for by the leader ignore promises; that leader has given up all leases of its term
 *       before it asks ({@link Leader#transfer}).
 * </ul>
 */
final class ElectionTimer {

    private final long timeoutNanos;
    private final long heartbeatNanos;
    private final RandomGenerator random;
    private long nowNanos;
    private long promisedUntilNanos = Long.MIN_VALUE;
    private long deadlineNanos;
    private boolean heard;
    private boolean leaderLost;

    ElectionTimer(RaftConfig config, RandomGenerator random, long nowNanos) {
        this.timeoutNanos = config.electionTimeoutNanos();
        this.heartbeatNanos = config.heartbeatNanos();
        this.random = random;
        this.nowNanos = nowNanos;
        restart();
    }

    /** A message of the leader of the present term has arrived. */
    void heardFromLeader() {
        heard = true;
        leaderLost = false;
    }

    /**
     * The leader's process seems to have ended. The promise to it holds, but there is little use in waiting long after it: what
     * keeps two voters from campaigning at once is a fraction of the time that bears a leader's silence.
     */
    void lostLeader() {
        leaderLost = true;
        if (!heard) {
            hurry();
        }
    }

    private void hurry() {
        deadlineNanos = Math.min(deadlineNanos, promisedUntilNanos + random.nextLong(timeoutNanos / 4));
    }

    /** Promises as if a leader had been heard now: an earlier life of this node may have. */
    void promise() {
        promisedUntilNanos = nowNanos + timeoutNanos;
    }

    /** Draws a new timeout, counted from now. */
    void restart() {
        deadlineNanos = nowNanos + timeoutNanos + random.nextLong(timeoutNanos);
    }

    /**
     * Draws a shorter timeout, for a campaign that was lost: the votes were split and nobody leads, so there is nobody to
     * give time to. The campaign itself began a full timeout after the last contact, or at the leader's request; a new
     * contact sets a full one again.
     */
    void retry() {
        deadlineNanos = nowNanos + heartbeatNanos + random.nextLong(timeoutNanos / 2);
    }

    /** Lets a node that needs nobody else campaign at once. */
    void expire() {
        deadlineNanos = nowNanos;
    }

    void advance(long now) {
        nowNanos = now;
        if (heard) {
            heard = false;
            promise();
            restart();
            if (leaderLost) {
                hurry();
            }
        }
    }

    /** Returns whether a vote now could break a lease that this node helped to grant. */
    boolean isPromised() {
        return heard || nowNanos < promisedUntilNanos;
    }

    boolean isExpired() {
        return !heard && nowNanos >= deadlineNanos;
    }

    /** Returns when to look again; soon after a contact, which only the next tick can date. */
    long nextDueNanos() {
        return heard ? Math.min(deadlineNanos, nowNanos + heartbeatNanos) : deadlineNanos;
    }
}
