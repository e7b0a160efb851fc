package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteResponse;
import java.util.List;

/** Follows a leader, or waits for one. A learner is a follower that never campaigns. */
final class Follower implements Role {

    private final NodeState node;

    Follower(NodeState node) {
        this.node = node;
    }

    @Override
    public RoleKind kind() {
        return RoleKind.FOLLOWER;
    }

    @Override
    public Role tick() {
        return node.timer.isExpired() && node.mayCampaign() ? Candidate.ask(node) : this;
    }

    @Override
    public long nextDueNanos() {
        return node.mayCampaign() ? node.timer.nextDueNanos() : Long.MAX_VALUE;
    }

    @Override
    public Role step(NodeId from, RaftMessage message) {
        if (message instanceof AppendRequest append) {
            follow(from);
            onAppend(from, append);
            return this;
        }
        if (message instanceof HeartbeatRequest heartbeat) {
            follow(from);
            node.commitTo(heartbeat.commitIndex());
            node.learnHeldByAll(heartbeat.heldByAllIndex());
            node.reply(from, new HeartbeatResponse(node.term(), heartbeat.round()));
            return this;
        }
        if (message instanceof TimeoutNow) {
            return node.mayCampaign() ? Candidate.standForTransfer(node) : this;
        }
        if (message instanceof AppendResponse
                || message instanceof HeartbeatResponse
                || message instanceof VoteResponse) {
            return this; // meant for a role this node has given up
        }
        throw new AssertionError(message);
    }

    @Override
    public void onDisconnected(NodeId peer) {
        if (peer.equals(node.leader())) {
            node.timer.lostLeader();
        }
    }

    private void follow(NodeId from) {
        if (node.leader() != null && !from.equals(node.leader())) {
            throw new IllegalStateException(
                    "nodes " + node.leader() + " and " + from + " both lead term " + node.term());
        }
        node.changeLeader(from, "heard from the leader");
        node.timer.heardFromLeader();
    }

    private void onAppend(NodeId from, AppendRequest append) {
        EntryId previous = append.previous();
        if (!agreesAt(previous)) {
            // The highest place at which the logs can still agree (Raft paper, end of section 5.3). What is committed
            // agrees.
            long hint = node.log.lastIndexUpToTerm(previous.index(), previous.term(), node.commitIndex());
            long hintTerm = node.log.termAt(hint);
            node.reply(from, AppendResponse.rejected(node.term(), previous.index(), hintTerm, hint));
            return;
        }
        store(append.entries());
        // Only what this request has verified: entries beyond it may be another leader's.
        node.commitTo(Math.min(append.commitIndex(), append.last().index()));
        node.outbox.sendAfterAppend(
                from, AppendResponse.accepted(node.term(), append.last().index()));
    }

    private boolean agreesAt(EntryId previous) {
        if (previous.index() < node.log.base().index()) {
            return true; // applied here, hence committed, hence in the leader's log
        }
        boolean agrees = node.log.holds(previous);
        if (!agrees && previous.index() <= node.commitIndex()) {
            throw contradiction(previous);
        }
        return agrees;
    }

    /** Keeps entries that agree, whatever their number and order of arrival; cuts only at one that differs. */
    private void store(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.index() > node.log.lastIndex()) {
                node.append(entry);
            } else if (entry.index() > node.log.base().index() && node.log.termAt(entry.index()) != entry.term()) {
                if (entry.index() <= node.commitIndex()) {
                    throw contradiction(entry.id());
                }
                node.cutFrom(entry.index());
                node.append(entry);
            }
        }
    }

    private IllegalStateException contradiction(EntryId id) {
        return new IllegalStateException("leader " + node.leader() + " of term " + node.term() + " has entry " + id
                + ", node " + node.self + " committed " + node.log.idAt(id.index()) + " there (commit index "
                + node.commitIndex() + ")");
    }
}
