package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteResponse;
import io.dengine.raft.progress.Progress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Leads one term. */
final class Leader implements Role {

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final byte[] NO_PAYLOAD = {};

    private final NodeState node;
    private final Replicator replicator;
    private final ReadIndexTracker reads;
    private final MembershipChanger changer;
    private final long firstIndex;
    private final long startNanos;
    private final long startClusterTimeMillis;
    private boolean established;
    private long nextHeartbeatNanos;
    private @Nullable NodeId transferTarget;
    private @Nullable NodeId failedSuccessor;
    private long transferDeadlineNanos;
    private boolean electionRequested;
    private boolean leaseForfeited;

    private Leader(NodeState node) {
        this.node = node;
        this.replicator = new Replicator(node);
        this.reads = new ReadIndexTracker(node);
        this.changer = new MembershipChanger(node, replicator, this::appendMembership);
        this.firstIndex = node.log.lastIndex() + 1;
        this.startNanos = node.now();
        this.startClusterTimeMillis = node.log.lastClusterTimeMillis();
    }

    /**
     * Takes over: nothing of earlier terms may be committed, and no read answered, before this term has an entry. The first
     * entry of a cluster says who belongs to it, so that from then on the log does, whatever its nodes are configured with.
     */
    static Role elected(NodeState node) {
        node.changeLeader(node.self, "election won");
        Leader leader = new Leader(node);
        if (node.log.lastIndex() == 0) {
            leader.appendMembership(node.membership());
        } else {
            leader.append(EntryKind.EMPTY, NO_PAYLOAD);
        }
        leader.sendHeartbeats();
        return leader;
    }

    @Override
    public RoleKind kind() {
        return RoleKind.LEADER;
    }

    @Override
    public Role tick() {
        if (transferTarget != null && node.now() >= transferDeadlineNanos) {
            failedSuccessor = transferTarget;
            transferTarget = null;
        }
        if (node.now() < nextHeartbeatNanos) {
            return this;
        }
        if (!hearsQuorum() && node.enforces(SafetyRule.STEP_DOWN_UNHEARD)) {
            node.changeLeader(null, "no contact with a quorum");
            return new Follower(node);
        }
        sendHeartbeats();
        return this;
    }

    @Override
    public long nextDueNanos() {
        return transferTarget == null ? nextHeartbeatNanos : Math.min(nextHeartbeatNanos, transferDeadlineNanos);
    }

    @Override
    public Role step(NodeId from, RaftMessage message) {
        if (message instanceof AppendRequest || message instanceof HeartbeatRequest) {
            throw new IllegalStateException("nodes " + node.self + " and " + from + " both lead term " + node.term());
        }
        if (message instanceof VoteResponse || message instanceof TimeoutNow) {
            return this;
        }
        Progress progress = replicator.progress(from);
        if (progress == null) {
            return this; // not a member
        }
        progress.onContact(node.now());
        if (message instanceof AppendResponse response) {
            replicator.onAppendResponse(progress, response);
            return commit();
        } else if (message instanceof HeartbeatResponse response) {
            reads.onAnswer(from, response.round());
            replicator.onHeartbeatResponse(from, progress);
        } else {
            throw new AssertionError(message);
        }
        return this;
    }

    @Override
    public Role onDurable() {
        return commit();
    }

    @Override
    public void flush() {
        // Established: then an open step is this term's own.
        boolean mayChange = established || node.decidesStepAlone();
        if (mayChange && transferTarget == null && changer.proceed() && mayHandOverAgain()) {
            transfer(null);
        }
        // First the round: its heartbeats carry the commit index, so that nothing else must.
        if (established && reads.wantsRound()) {
            replicator.broadcastHeartbeat(reads.begin(true));
        }
        replicator.flush(reads.newestRound());
        requestElection();
    }

    @Override
    public void leave() {
        reads.failAll();
        node.timer.restart();
    }

    /** Returns the new entry's id, or null while leadership is being handed over: the target must be able to catch up. */
    @Nullable
    EntryId propose(EntryKind kind, byte[] payload) {
        return transferTarget == null ? append(kind, payload) : null;
    }

    ChangeOutcome changeMembership(MembershipChange change) {
        boolean early = !established && node.enforces(SafetyRule.CHANGE_IN_OWN_TERM);
        if (early || transferTarget != null) {
            String why = !established ? " has not taken over yet" : " is handing leadership over";
            return new ChangeOutcome.Refused(ChangeOutcome.Reason.NOT_LEADER, "node " + node.self + why);
        }
        return changer.start(change);
    }

    boolean requestRead(long readId) {
        if (transferTarget != null) {
            return false;
        }
        reads.add(readId);
        return true;
    }

    /**
     * Starts to hand leadership over (Ongaro's thesis, section 3.10).
     *
     * <p>From here on there is no lease, since voters grant this election whatever they promised. Once the request to campaign has
     * left it may arrive at any later time of this term, also after the attempt was given up: from then on this term has no lease
     * any more. Reads go on by confirmed rounds.
     */
    boolean transfer(@Nullable NodeId wanted) {
        NodeId target = wanted == null ? bestSuccessor() : wanted;
        if (target == null
                || target.equals(node.self)
                || !node.membership().voters().contains(target)) {
            return false;
        }
        if (transferTarget != null) {
            return transferTarget.equals(target);
        }
        transferTarget = target;
        transferDeadlineNanos = node.now() + node.config.electionTimeoutNanos();
        electionRequested = false;
        return true;
    }

    boolean mayBeSucceeded() {
        return leaseForfeited;
    }

    long leaseUntilNanos() {
        boolean mayHold = established && transferTarget == null && !leaseForfeited;
        return mayHold ? reads.leaseUntilNanos() : Long.MIN_VALUE;
    }

    /** Returns what an entry created now is stamped with: the last leader's time, moved on by this leader's own clock. */
    long clusterTimeMillis() {
        long elapsedMillis = (node.now() - startNanos) / NANOS_PER_MILLI;
        return Math.max(node.log.lastClusterTimeMillis(), startClusterTimeMillis + elapsedMillis);
    }

    List<PeerProgress> peers() {
        return replicator.views();
    }

    long heldByAllIndex() {
        return replicator.heldByAllIndex();
    }

    private EntryId append(EntryKind kind, byte[] payload) {
        Entry entry = new Entry(node.term(), node.log.lastIndex() + 1, clusterTimeMillis(), kind, payload);
        node.append(entry);
        return entry.id();
    }

    private void appendMembership(Membership membership) {
        append(EntryKind.MEMBERSHIP, MembershipCodec.encode(membership));
        replicator.followMembership();
        reads.followMembership();
    }

    /**
     * Commits what a quorum holds durably, by way of an entry of this term (Raft paper, section 5.4.2 and figure 8). Steps down
     * once the membership that it led the cluster to, and is no voter of, is committed (section 6).
     */
    private Role commit() {
        long index = countedBy().reachedByQuorum(replicator::matchIndex);
        if (index <= node.commitIndex()
                || (node.log.termAt(index) != node.term() && node.enforces(SafetyRule.COMMIT_OWN_TERM_ONLY))) {
            return this;
        }
        node.commitTo(index);
        if (!established && index >= firstIndex) {
            established = true;
            node.outbox.notice(new Notice.LeaderEstablished(node.term(), firstIndex));
        }
        if (node.membership().isVoter(node.self) || node.isMembershipUncommitted()) {
            return this;
        }
        node.changeLeader(null, "no voter any more");
        return new Follower(node);
    }

    private void sendHeartbeats() {
        nextHeartbeatNanos = node.now() + node.config.heartbeatNanos();
        replicator.broadcastHeartbeat(reads.begin(established));
        electionRequested = false; // the request to the successor may be lost too
    }

    private Membership countedBy() {
        Membership now = node.membership();
        return node.enforces(SafetyRule.COUNT_VOTERS_ONLY) ? now : Membership.ofVoters(now.members());
    }

    /**
     * Returns whether a quorum has answered within an election timeout. Counted to the last tick, not to this one: answers that came
     * while the process stood still are not delivered yet.
     */
    private boolean hearsQuorum() {
        long silentSince = node.membership().reachedByQuorum(replicator::silentSinceNanos);
        return silentSince == Long.MAX_VALUE || node.previousTick() - silentSince < node.config.electionTimeoutNanos();
    }

    private void requestElection() {
        NodeId target = transferTarget;
        if (target == null || electionRequested || replicator.matchIndex(target) < node.log.lastIndex()) {
            return;
        }
        electionRequested = true;
        leaseForfeited = true;
        node.outbox.sendNow(target, new TimeoutNow(node.term()));
    }

    /** Returns whether the last attempt is long enough ago: what was refused meanwhile gets as long a time to be served. */
    private boolean mayHandOverAgain() {
        return failedSuccessor == null || node.now() - transferDeadlineNanos >= node.config.electionTimeoutNanos();
    }

    /** Returns the voter in contact that lacks least; the one that did not take over last time only if there is no other. */
    private @Nullable NodeId bestSuccessor() {
        NodeId best = null;
        for (PeerProgress peer : replicator.views()) {
            NodeId voter = peer.peer();
            boolean present =
                    replicator.isInContact(voter) && node.membership().voters().contains(voter);
            boolean better = best == null
                    || best.equals(failedSuccessor)
                    || (!voter.equals(failedSuccessor) && peer.matchIndex() > replicator.matchIndex(best));
            if (present && better) {
                best = voter;
            }
        }
        return best;
    }
}
