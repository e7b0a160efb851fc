package io.dengine.raft;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.LogReader;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.MembershipLog;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One node's part in Raft, as a function of its state and inputs. Not thread-safe: one thread owns it. Every effect
 * leaves in {@link #takeReady()}; times are nanoseconds on one monotonic clock that stays far from overflow.
 *
 * <p>Any {@link IllegalStateException} is fatal: an invariant is broken, here or at a peer, and the node must stop taking part.
 * The number and size of proposals and reads under way is the caller's to bound.
 *
 * <p>This class holds the rules that are the same in all roles: terms, and who is heard.
 */
public final class Raft {

    private final NodeState node;
    private final Ballot ballot;
    private final ApplyFlow applyFlow;
    private Role role;
    private Notice.RoleChanged reported;

    /**
     * Starts as a follower.
     *
     * @param self this node; a membership that means another storage under its id does not mean it
     * @param membership the newest one applied; for a node that has applied none, the one that its cluster begins with, or
     *     {@link Membership#NONE} if it is to join one. Newer ones are found in the log
     * @param hardState as last made durable
     * @param log the durable log
     * @param appliedIndex up to where the state machine holds the log durably; the commit index starts there
     * @param random draws the election timeouts; nodes must not share its seed
     * @throws IllegalStateException if log, hard state and applied index do not belong together
     */
    public Raft(
            RaftConfig config,
            Self self,
            Membership membership,
            HardState hardState,
            LogReader log,
            long appliedIndex,
            long nowNanos,
            RandomGenerator random) {
        this(config, self, membership, hardState, log, appliedIndex, nowNanos, random, EnumSet.allOf(SafetyRule.class));
    }

    Raft(
            RaftConfig config,
            Self self,
            Membership membership,
            HardState hardState,
            LogReader log,
            long appliedIndex,
            long nowNanos,
            RandomGenerator random,
            Set<SafetyRule> rules) {
        DurableState.requireConsistent(hardState, log, appliedIndex);
        ElectionTimer timer = new ElectionTimer(config, random, nowNanos);
        MembershipLog memberships = DurableState.memberships(log, appliedIndex, membership);
        node = new NodeState(config, memberships, self, new RaftLog(log, config.maxCachedBytes()), timer, rules);
        node.restore(hardState, appliedIndex, nowNanos);
        ballot = new Ballot(node);
        applyFlow = new ApplyFlow(appliedIndex, config.maxApplyBytes());
        role = new Follower(node);
        reported = new Notice.RoleChanged(node.term(), role.kind(), null, node.reason());
        if (hardState.term() > 0) {
            timer.promise();
        }
        // By every membership that may be in effect: the leader that led it there could hold a lease from it.
        boolean alone = node.openMemberships().stream().allMatch(open -> open.isQuorumAlone(self.id()));
        if (node.mayCampaign() && alone) {
            timer.expire();
        }
    }

    /**
     * Says that the time is {@code nowNanos}, which never decreases, and does all that is due. Called at the start of each turn,
     * before messages that have arrived are handed to {@link #step}.
     */
    public void tick(long nowNanos) {
        node.advance(nowNanos);
        become(role.tick());
    }

    /** Returns when {@link #tick} next has something to do. */
    public long nextDueNanos() {
        return role.nextDueNanos();
    }

    /** Takes a message from {@code from}, whose identity the transport has checked. */
    public void step(NodeId from, RaftMessage message) {
        if (message instanceof VoteRequest request) {
            if (ballot.opensTerm(request, role instanceof Leader)) {
                followTerm(request.term());
            }
            ballot.answer(from, request, role instanceof Leader);
            return;
        }
        if (message.term() < node.term()) {
            onOldTerm(from, message);
            return;
        }
        // The grant of a pre-vote speaks of a term that nobody is in yet.
        boolean preVoteGrant = message instanceof VoteResponse vote && vote.preVote() && vote.granted();
        if (message.term() > node.term() && !preVoteGrant) {
            followTerm(message.term());
        }
        become(role.step(from, message));
    }

    /**
     * Says that the connection to {@code peer} has ended, as it does soon after its process has. Not every end is told of, and
     * not every one means that: the peer may be heard again at once.
     */
    public void onDisconnected(NodeId peer) {
        role.onDisconnected(peer);
    }

    /**
     * Appends an entry to the log of a leader.
     *
     * @param kind not MEMBERSHIP, which is {@link #changeMembership}'s
     * @param payload owned by the log from here on
     * @return the entry's id, whose fate {@link Ready#committed} tells; or null if this node does not lead or is handing
     *     leadership over: nothing happened
     */
    public @Nullable EntryId propose(EntryKind kind, byte[] payload) {
        if (kind == EntryKind.MEMBERSHIP) {
            throw new IllegalArgumentException("a membership cannot be proposed");
        }
        return role instanceof Leader leader ? leader.propose(kind, payload) : null;
    }

    /**
     * Asks for a linearizable read, answered by {@link Ready#reads} or, if leadership is lost, {@link Ready#failedReads}.
     *
     * @return false if this node does not lead or is handing leadership over: nothing happened
     */
    public boolean requestRead(long readId) {
        return role instanceof Leader leader && leader.requestRead(readId);
    }

    /**
     * Starts to hand leadership over, for one election timeout at most. Until it has succeeded or was given up there is no lease,
     * and proposals and reads are refused.
     *
     * @param target a voter, or null for the one that lacks least
     * @return false if this node does not lead, or there is no such voter, or another transfer is under way
     */
    public boolean transferLeadership(@Nullable NodeId target) {
        return role instanceof Leader leader && leader.transfer(target);
    }

    /** Returns whether this leader has asked another voter to campaign, which that may do at any later time of the term. */
    public boolean mayBeSucceeded() {
        return role instanceof Leader leader && leader.mayBeSucceeded();
    }

    /**
     * Starts to change who belongs to the cluster (Raft paper, section 6). One change at a time; only for a leader that has
     * committed an entry of its term.
     */
    public ChangeOutcome changeMembership(MembershipChange change) {
        if (role instanceof Leader leader) {
            return leader.changeMembership(change);
        }
        return new ChangeOutcome.Refused(ChangeOutcome.Reason.NOT_LEADER, "node " + node.self + " does not lead");
    }

    /**
     * Goes on from a snapshot that is complete and durable on this disk: {@link Ready#restore} says what becomes of the log.
     * What the log holds behind the snapshot's last entry is kept if it holds that entry too; otherwise none of it can be committed
     * (Raft paper, section 7). Ends a leadership, and a candidacy, that what it tells leaves no room for.
     *
     * @return false if the state is that far already, or will be: nothing happens. At the very place where it stands, it is
     *     replaced only while {@link #pauseApplying applying is paused}
     */
    public boolean restore(RestorePoint point) {
        long index = point.last().index();
        boolean behind = index > applyFlow.outIndex() || (index == applyFlow.outIndex() && applyFlow.isPaused());
        if (!behind) {
            return false;
        }
        boolean held = node.log.holds(point.last());
        if (!held && index <= node.commitIndex()) {
            throw new IllegalStateException("a snapshot ends at " + point.last() + ", node " + node.self + " committed "
                    + node.log.idAt(index) + " there");
        }
        if (point.last().term() > node.term()) {
            followTerm(point.last().term()); // a log must not be ahead of the term it is kept under
        }
        if (!held) {
            if (role instanceof Leader) {
                // It has all that was committed before its term (Raft paper, section 5.4.3), so this came after it.
                node.changeLeader(null, "a snapshot tells of another leader");
                become(new Follower(node));
            }
            node.restart(point);
        }
        node.commitTo(index);
        applyFlow.restore(index);
        node.outbox.restore(new Ready.Restore(point, !held));
        NodeId leader = node.leader();
        // Only what a leader has appended itself is surely in its log: one that was deposed without knowing it may lack
        // what the next one committed. Otherwise it finds out by asking.
        boolean leaderHolds = point.last().term() == node.term();
        if (leader != null && !leader.equals(node.self) && leaderHolds) {
            node.outbox.sendAfterAppend(leader, AppendResponse.accepted(node.term(), index));
        }
        giveUpCampaign("restored as no voter");
        return true;
    }

    /**
     * Stops to believe the membership that it was started with, and waits to be taken in: for a node that the others do not
     * know, or know with another storage.
     *
     * @return false if the log has an entry: then the log says who belongs to the cluster, and nothing happens
     */
    public boolean forgetMembership() {
        if (node.log.lastIndex() > 0) {
            return false;
        }
        node.restart(new RestorePoint(EntryId.ZERO, 0, Membership.NONE));
        node.stopFounding();
        node.changeLeader(null, "unknown to the others");
        become(new Follower(node));
        return true;
    }

    /** Stops to hand out committed entries, or goes on: for a node whose state cannot be trusted. */
    public void pauseApplying(boolean paused) {
        applyFlow.pause(paused);
    }

    /**
     * Keeps this node from campaigning, whoever asks for it, or lets it again: for a node whose disk stands still, or whose
     * state cannot be trusted. A campaign under way is given up. It still votes. A leader stays one: see {@link #transferLeadership}.
     */
    public void pauseCampaigns(boolean paused) {
        node.pauseCampaigns(paused);
        giveUpCampaign("campaigns are paused");
    }

    private void giveUpCampaign(String why) {
        if (role instanceof Candidate && !node.mayCampaign()) {
            node.explain(why);
            become(new Follower(node));
        }
    }

    /** Returns who belongs to the cluster: as the newest entry about it in the log says, committed or not. */
    public Membership membership() {
        return node.membership();
    }

    /**
     * Returns where in the log {@link #membership()} stands, or a later place up to which it is known to hold, where the log
     * no longer tells. Of two nodes' memberships that one is newer whose place is later.
     */
    public EntryId membershipPlace() {
        return node.log.idAt(Math.max(node.membershipIndex(), node.log.base().index()));
    }

    /** Returns the newest membership known to be committed. */
    public Membership committedMembership() {
        return node.committedMembership();
    }

    /** Returns the newest membership known to be committed and those behind it that are not, up to the one in effect. */
    public List<Membership> openMemberships() {
        return node.openMemberships();
    }

    /** Returns whether a change of the membership is under way. */
    public boolean isChangingMembership() {
        return node.membership().isJoint() || node.isMembershipUncommitted();
    }

    /** Says that {@code saved}, taken from a {@link Ready}, is durable. Before {@link #onAppended} of the same Ready. */
    public void onHardStateSaved(HardState saved) {
        node.onSaved(saved);
        become(role.onHardStateSaved());
    }

    /**
     * Says that the entry {@code last}, the last of a {@link Ready#append}, and all before it are durable. In the order of the
     * Readys; one call may stand for several.
     */
    public void onAppended(EntryId last) {
        if (node.log.onDurable(last, node.saved().term())) {
            become(role.onDurable());
            evict();
        }
    }

    private void evict() {
        node.log.evict(node.commitIndex(), Math.min(heldByAllIndex(), applyFlow.appliedIndex()));
    }

    /** Says that the state machine has applied everything up to {@code index}. */
    public void onApplied(long index) {
        applyFlow.onApplied(index);
        evict();
    }

    /** Returns whether {@link #takeReady()} would hold any effect. */
    public boolean hasReady() {
        role.flush();
        return node.hasUnsaved()
                || node.log.hasUnwritten()
                || applyFlow.hasNext(node.applicableIndex())
                || !node.outbox.isEmpty();
    }

    /** Takes every effect of the inputs since the last call. */
    public Ready takeReady() {
        role.flush();
        return node.outbox.take(
                node.takeUnsaved(), node.log.takeUnwritten(), applyFlow.next(node.log, node.applicableIndex()));
    }

    public NodeId self() {
        return node.self;
    }

    public RoleKind role() {
        return role.kind();
    }

    public long term() {
        return node.term();
    }

    /** Returns the leader of the present term as far as known. */
    public @Nullable NodeId leader() {
        return node.leader();
    }

    public long commitIndex() {
        return node.commitIndex();
    }

    public long lastApplied() {
        return applyFlow.appliedIndex();
    }

    public EntryId lastEntry() {
        return node.log.last();
    }

    /** Returns the last entry known to be durable on this node. */
    public EntryId durable() {
        return node.log.durable();
    }

    /** Returns the stamp of the last entry in the log. */
    public long lastClusterTimeMillis() {
        return node.log.lastClusterTimeMillis();
    }

    /** Returns what a leader would stamp an entry with now; in other roles cluster time stands at the last stamp. */
    public long clusterTimeMillis() {
        return role instanceof Leader leader ? leader.clusterTimeMillis() : node.log.lastClusterTimeMillis();
    }

    /**
     * Returns until when, on the clock of {@link #tick}, this leader may serve a read of all that is committed without
     * asking anyone: {@code Long.MIN_VALUE} without a lease, {@code Long.MAX_VALUE} if no other node can ever lead.
     */
    public long leaseUntilNanos() {
        return role instanceof Leader leader ? leader.leaseUntilNanos() : Long.MIN_VALUE;
    }

    /** Returns a leader's view of its peers; empty in other roles. */
    public List<PeerProgress> peers() {
        return role instanceof Leader leader ? leader.peers() : List.of();
    }

    /** Returns up to where every member is known to hold this log durably: no peer will ask for it again. */
    public long heldByAllIndex() {
        return role instanceof Leader leader ? leader.heldByAllIndex() : node.heldByAllIndex();
    }

    /**
     * Tells a leader of an older term about this one. Without that a node whose term ran ahead could never come back: it
     * ignores the leader, and the others, who hear the leader, ignore its campaigns.
     */
    private void onOldTerm(NodeId from, RaftMessage message) {
        if (message instanceof AppendRequest append) {
            node.reply(
                    from, AppendResponse.rejected(node.term(), append.previous().index(), 0, 0));
        } else if (message instanceof HeartbeatRequest) {
            node.reply(from, new HeartbeatResponse(node.term(), 0));
        }
    }

    private void followTerm(long term) {
        node.enterTerm(term, null);
        node.explain("newer term");
        become(new Follower(node));
    }

    private void become(Role next) {
        if (next != role) {
            role.leave();
            role = next;
        }
        boolean changed = reported.term() != node.term()
                || reported.role() != role.kind()
                || !Objects.equals(reported.leader(), node.leader());
        if (changed) {
            reported = new Notice.RoleChanged(node.term(), role.kind(), node.leader(), node.reason());
            node.outbox.notice(reported);
        }
    }
}
