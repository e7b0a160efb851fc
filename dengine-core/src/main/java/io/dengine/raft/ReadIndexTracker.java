package io.dengine.raft;

import io.dengine.raft.membership.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A leader's confirmation rounds, for one term. Each round of heartbeats has the leader's next number; an answer to it says that its
 * sender still followed this leader after the round began. Once a quorum has said so, no newer leader can have committed
 * anything before the round began. So reads that came before it may see the commit index of its beginning (Raft paper,
 * section 8; Ongaro's thesis, section 6.4), and the lease runs from its sending (section 6.4.1).
 *
 * <p>The number of waiting reads is the caller's to bound. The number of open rounds is bounded by the leader's
 * stepping down after an election timeout without answers.
 */
final class ReadIndexTracker {

    private record Round(long number, long sentNanos, long readIndex, List<Long> reads) {}

    private final NodeState node;
    private final Map<NodeId, Long> answered = new TreeMap<>();
    private final ArrayDeque<Round> open = new ArrayDeque<>();
    private List<Long> waiting = new ArrayList<>();
    private long newestRound;
    private long newestReadRound;
    private long confirmedRound;
    private long leaseUntilNanos = Long.MIN_VALUE;

    ReadIndexTracker(NodeState node) {
        this.node = node;
    }

    void add(long readId) {
        if (node.enforces(SafetyRule.CONFIRM_READS)) {
            waiting.add(readId);
        } else {
            node.outbox.confirmRead(readId, node.commitIndex());
        }
    }

    /** Returns whether reads wait that no open round serves, and none that serves others must end first. */
    boolean wantsRound() {
        return !waiting.isEmpty() && confirmedRound >= newestReadRound;
    }

    long newestRound() {
        return newestRound;
    }

    /**
     * Begins a round, whose heartbeats are sent now. It also stands for every earlier one: whoever answers it confirms them.
     *
     * @param servesReads whether an entry of this term is committed; before that the commit index may be behind what
     *     earlier leaders acknowledged
     * @return its number
     */
    long begin(boolean servesReads) {
        newestRound++;
        List<Long> reads = List.of();
        if (servesReads && !waiting.isEmpty()) {
            reads = waiting;
            waiting = new ArrayList<>();
            newestReadRound = newestRound;
        }
        open.add(new Round(newestRound, node.now(), node.commitIndex(), reads));
        confirm();
        return newestRound;
    }

    void onAnswer(NodeId from, long round) {
        if (round > newestRound) {
            throw new IllegalStateException("node " + from + " answers round " + round + " of term " + node.term()
                    + ", the newest is " + newestRound);
        }
        answered.merge(from, round, Math::max);
        confirm();
    }

    /** Returns until when no other leader can be elected, as far as the answers tell; what else ends a lease is not in it. */
    long leaseUntilNanos() {
        return leaseUntilNanos;
    }

    /**
     * Another membership is in effect. Without company nobody else could be elected; with company that ends. A lease that
     * a majority has granted stays good: whoever is elected under this membership or the one before needs a majority that
     * shares a voter with it.
     */
    void followMembership() {
        if (leaseUntilNanos == Long.MAX_VALUE) {
            leaseUntilNanos = Long.MIN_VALUE;
        }
        confirm();
    }

    /** Gives up every read, for a leader that steps down. */
    void failAll() {
        open.forEach(round -> round.reads().forEach(node.outbox::failRead));
        waiting.forEach(node.outbox::failRead);
        open.clear();
        waiting.clear();
    }

    private void confirm() {
        confirmedRound = node.membership()
                .reachedByQuorum(member -> member.equals(node.self) ? newestRound : answered.getOrDefault(member, 0L));
        for (Round first = open.peek(); first != null && first.number() <= confirmedRound; first = open.peek()) {
            open.remove();
            extendLease(first);
            for (long readId : first.reads()) {
                node.outbox.confirmRead(readId, first.readIndex());
            }
        }
    }

    /** See {@link ElectionTimer} for why this holds. The send is dated by the tick before it, which only shortens the lease. */
    private void extendLease(Round round) {
        if (node.membership().isQuorumAlone(node.self)) {
            leaseUntilNanos = Long.MAX_VALUE;
            return;
        }
        long start = node.enforces(SafetyRule.LEASE_FROM_SEND) ? round.sentNanos() : node.now();
        double lease = node.config.electionTimeoutNanos() * (1 - node.config.maxClockDrift());
        leaseUntilNanos = Math.max(leaseUntilNanos, start + (long) lease);
    }
}
