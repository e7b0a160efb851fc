package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.MembershipLog;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.RaftMessage;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node is in every role. Term never decreases, and a vote never changes within a term. */
final class NodeState {

    final RaftConfig config;
    final NodeId self;
    final RaftLog log;
    final ElectionTimer timer;
    final Outbox outbox = new Outbox();
    private final Set<SafetyRule> rules;
    private final MembershipLog memberships;
    private Self identity;
    private HardState hardState;
    private HardState saved;
    private boolean unsaved;
    private long commitIndex;
    private long heldByAllIndex;
    private @Nullable NodeId leader;
    private String reason = "started";
    private boolean campaignsPaused;
    private long nowNanos;
    private long previousNanos;

    NodeState(
            RaftConfig config,
            MembershipLog memberships,
            Self identity,
            RaftLog log,
            ElectionTimer timer,
            Set<SafetyRule> rules) {
        this.config = config;
        this.memberships = memberships;
        this.self = identity.id();
        this.identity = identity;
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
        memberships.commitTo(commitIndex);
    }

    /** Returns who belongs to the cluster: as the newest entry about it in the log says, committed or not. */
    Membership membership() {
        return memberships.latest();
    }

    /** Returns the index of its entry, or a later one up to which it is known to hold. */
    long membershipIndex() {
        return memberships.latestIndex();
    }

    Membership committedMembership() {
        return memberships.committed();
    }

    /** Returns what was in effect before the newest entry about it, which must not be known to be committed. */
    Membership previousMembership() {
        return memberships.previous();
    }

    /** Returns whether an entry with a membership waits to be committed. */
    boolean isMembershipUncommitted() {
        return memberships.latestIndex() > commitIndex;
    }

    /** Appends; a membership is in effect from here on. */
    void append(Entry entry) {
        log.append(entry);
        if (entry.kind() == EntryKind.MEMBERSHIP) {
            memberships.append(entry.index(), MembershipCodec.decode(entry.payload()));
            tellMembership();
        }
    }

    /** Cuts the log in front of {@code index}; a membership that goes with it is in effect no more. */
    void cutFrom(long index) {
        log.cutFrom(index, term());
        if (enforces(SafetyRule.ROLL_BACK_MEMBERSHIP) && memberships.cutFrom(index)) {
            tellMembership();
        }
    }

    /** The log starts over behind a snapshot. */
    void restart(RestorePoint point) {
        log.restart(point);
        memberships.restart(point.last().index(), point.membership());
        tellMembership();
    }

    private void tellMembership() {
        outbox.notice(new Notice.MembershipChanged(memberships.latestIndex(), memberships.latest()));
    }

    /**
     * Returns whether this node may ask for votes. It may also where it is no voter of a membership that is not known to be
     * committed: it can be the only one that has that entry, and no voter without it could win (Ongaro's thesis, section 4.2.2).
     * That holds for who votes in any membership behind the newest committed one: where a joint step was taken back, those that
     * have only the step still need the vote of a voter to be, which refuses them if it has the entry that takes it back.
     */
    boolean mayCampaign() {
        if (campaignsPaused) {
            return false;
        }
        return identity.isVoterOf(membership())
                || (isMembershipUncommitted() && memberships.open().stream().anyMatch(identity::isVoterOf));
    }

    /**
     * Returns whether the joint step that is under way is this node's to go on with or to take back, whoever else answers: it was the
     * only voter before, and no quorum of any membership that may be in effect does without it. Then nobody was elected, and nothing
     * was committed, without its vote and its disk. Otherwise it would wait for ever for a voter to be that is lost.
     */
    boolean decidesStepAlone() {
        return isMembershipUncommitted()
                && membership().outgoing().equals(Set.of(self))
                && openMemberships().stream()
                        .allMatch(open ->
                                identity.isVoterOf(open) && !open.settled().hasQuorum(voter -> !voter.equals(self)));
    }

    /**
     * Returns whether this node may vote for another. The vote of one that lost its data under an old id would pass for that of
     * who it was, who knew more. So a storage that the cluster began without has no vote until it has an entry that names it. Nobody
     * waits for its vote before that: it is made a voter only once it has caught up with the entry that makes it a learner.
     */
    boolean mayVote() {
        return identity.founder() || openMemberships().stream().anyMatch(identity::isMemberOf);
    }

    /** Returns what may be in effect on some node that lacks the end of this log: the newest committed membership and those behind it. */
    List<Membership> openMemberships() {
        return isMembershipUncommitted() ? memberships.open() : List.of(membership());
    }

    /** The cluster began without this storage: a membership that names none does not mean it. */
    void stopFounding() {
        identity = new Self(self, identity.storageId(), false);
    }

    void pauseCampaigns(boolean paused) {
        campaignsPaused = paused;
    }

    /**
     * Takes a leader's word for what all members hold. It stays true when that leader is gone: whoever is elected later is
     * one of those members and holds the entries too, so nobody is ever told to cut them.
     */
    void learnHeldByAll(long index) {
        heldByAllIndex = Math.max(heldByAllIndex, index);
    }

    long heldByAllIndex() {
        return heldByAllIndex;
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
