package io.dengine.raft;

import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.RaftMessage;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node is in every role. Term never decreases, and a vote never changes within a term. */
final class NodeState {

    final RaftConfig config;
    final NodeId self;
    final Membership membership;
    final RaftLog log;
    final ElectionTimer timer;
    final Outbox outbox = new Outbox();
    private final Set<SafetyRule> rules;
    private HardState hardState;
    private HardState saved;
    private boolean unsaved;
    private long commitIndex;
    private @Nullable NodeId leader;
    private String reason = "started";
    private long nowNanos;
    private long previousNanos;

    NodeState(
            RaftConfig config,
            Membership membership,
            NodeId self,
            RaftLog log,
            ElectionTimer timer,
            Set<SafetyRule> rules) {
        this.config = config;
        this.membership = membership;
        this.self = self;
        this.log = log;
        this.timer = timer;
        this.rules = rules;
        this.hardState = HardState.INITIAL;
        this.saved = HardState.INITIAL;
    }

    void restore(HardState durableState, long appliedIndex, long now) {
        hardState = durableState;
        saved = durableState;
        commitIndex = appliedIndex;
        nowNanos = now;
        previousNanos = now;
    }

    boolean enforces(SafetyRule rule) {
        return rules.contains(rule);
    }

    long now() {
        return nowNanos;
    }

    /** Returns the time of the tick before the present one: what had arrived by then has been delivered. */
    long previousTick() {
        return previousNanos;
    }

    void advance(long now) {
        if (now < nowNanos) {
            throw new IllegalArgumentException("time went back from " + nowNanos + " to " + now);
        }
        previousNanos = nowNanos;
        nowNanos = now;
        timer.advance(now);
    }

    long term() {
        return hardState.term();
    }

    @Nullable
    NodeId votedFor() {
        return hardState.votedFor();
    }

    void enterTerm(long term, @Nullable NodeId vote) {
        if (term <= hardState.term()) {
            throw new IllegalStateException("term would go from " + hardState.term() + " to " + term);
        }
        hardState = new HardState(term, vote);
        leader = null;
        unsaved = true;
    }

    void voteFor(NodeId candidate) {
        if (hardState.votedFor() != null) {
            throw new IllegalStateException(
                    "already voted for " + hardState.votedFor() + " in term " + term() + ", not for " + candidate);
        }
        hardState = new HardState(term(), candidate);
        unsaved = true;
    }

    boolean hasUnsaved() {
        return unsaved;
    }

    @Nullable
    HardState takeUnsaved() {
        HardState taken = unsaved ? hardState : null;
        unsaved = false;
        return taken;
    }

    /** Returns the newest hard state known to be durable. */
    HardState saved() {
        return saved;
    }

    void onSaved(HardState state) {
        saved = state;
    }

    @Nullable
    NodeId leader() {
        return leader;
    }

    void changeLeader(@Nullable NodeId node, String why) {
        if (!Objects.equals(leader, node)) {
            leader = node;
            reason = why;
        }
    }

    String reason() {
        return reason;
    }

    void explain(String why) {
        reason = why;
    }

    long commitIndex() {
        return commitIndex;
    }

    /** Moves the commit index forward; an index it has passed already is no news. */
    void commitTo(long index) {
        if (index > log.lastIndex()) {
            throw new IllegalStateException("commit index " + index + " is above the last index " + log.lastIndex()
                    + " of node " + self + " in term " + term() + ": acknowledged entries are lost");
        }
        commitIndex = Math.max(commitIndex, index);
    }

    /** Returns up to where this node may count itself, and may apply. */
    long ownIndex() {
        return enforces(SafetyRule.COUNT_ONLY_DURABLE) ? log.durable().index() : log.lastIndex();
    }

    /** Returns up to where entries may be applied here. */
    long applicableIndex() {
        return Math.min(commitIndex, ownIndex());
    }

    /** Answers with a message that claims no more than its term: it may leave as soon as that term is durable. */
    void reply(NodeId to, RaftMessage answer) {
        if (answer.term() <= saved.term()) {
            outbox.sendNow(to, answer);
        } else {
            outbox.sendAfterAppend(to, answer);
        }
    }
}
