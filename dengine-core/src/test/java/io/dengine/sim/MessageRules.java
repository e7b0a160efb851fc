package io.dengine.sim;

import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import io.dengine.transport.PeerMessage;
import java.util.Set;
import java.util.TreeSet;

/** What a node may say, given what it was told and what its disk has. */
final class MessageRules {

    private final Oracle oracle;
    private final EntryBook book;

    MessageRules(Oracle oracle, EntryBook book) {
        this.oracle = oracle;
        this.book = book;
    }

    void onSend(NodeView sender, NodeId to, PeerMessage message) {
        if (!(message instanceof PeerMessage.Consensus consensus)) {
            return;
        }
        RaftMessage said = consensus.message();
        HardState saved = sender.disk.saved();
        boolean aboutNextTerm = (said instanceof VoteRequest request && request.preVote())
                || (said instanceof VoteResponse response && response.preVote() && response.granted());
        if (!aboutNextTerm && said.term() > saved.term()) {
            throw violation(sender, "sends " + said + " before its term is durable: " + saved);
        }
        if (said instanceof AppendRequest append) {
            book.note("a message of node " + sender.node.id(), append.previous(), append.entries());
        }
        if (said instanceof AppendRequest || said instanceof HeartbeatRequest || said instanceof TimeoutNow) {
            oracle.leads(sender, said.term());
        } else if (said instanceof VoteRequest request && !request.preVote()) {
            onCandidacy(sender, request);
            onVote(sender, request.term(), sender.node.id());
        } else if (said instanceof VoteResponse response && !response.preVote() && response.granted()) {
            onVote(sender, response.term(), to);
        } else if (said instanceof AppendResponse response && response.accepted()) {
            onAcknowledge(sender, to, response);
        }
    }

    /** Nobody raises the term before a quorum would vote for it, unless its leader asks it to (thesis, sections 9.6 and 3.10). */
    private void onCandidacy(NodeView candidate, VoteRequest request) {
        Set<NodeId> grants = new TreeSet<>(candidate.preVotes.getOrDefault(request.term(), Set.of()));
        grants.add(candidate.node.id());
        if (candidate.node.life().raft.membership().equals(Membership.NONE)) {
            return; // it began before it learned that it is no member
        }
        if (candidate.node.life().raft.role() != RoleKind.CANDIDATE) {
            return; // kept behind a slow disk until it had won or lost: whose pre-votes it needed was another
            // membership's matter
        }
        boolean asked = candidate.askedToCampaign.contains(request.term() - 1);
        if (request.transfer() ? !asked : !(oracle.isQuorum(candidate, grants) || isNeededByAll(candidate))) {
            throw violation(
                    candidate,
                    "stands for term " + request.term() + " by " + request + " with the pre-votes of " + grants);
        }
    }

    /** Returns whether it was the only voter before the step under way, and nobody else can win or commit without it. */
    private static boolean isNeededByAll(NodeView candidate) {
        NodeId self = candidate.node.id();
        Raft raft = candidate.node.life().raft;
        return raft.membership().outgoing().equals(Set.of(self))
                && raft.openMemberships().stream()
                        .allMatch(open ->
                                open.voters().contains(self) && open.voters().size() <= 2);
    }

    private void onVote(NodeView voter, long term, NodeId candidate) {
        HardState saved = voter.disk.saved();
        boolean durable = saved.term() > term || (saved.term() == term && candidate.equals(saved.votedFor()));
        NodeId before = voter.votes.putIfAbsent(term, candidate);
        if (before != null && !before.equals(candidate)) {
            throw violation(voter, "votes for " + candidate + " and for " + before + " in term " + term);
        }
        if (!durable) {
            throw violation(voter, "votes for " + candidate + " in term " + term + ", its disk has " + saved);
        }
    }

    /**
     * What is acknowledged is durable. An answer of an older term may speak of entries that the same batch of writes has cut since,
     * by order of a newer leader: that is as if it had been sent before.
     */
    private void onAcknowledge(NodeView sender, NodeId to, AppendResponse response) {
        if (!to.equals(oracle.leaderOf(response.term()))) {
            throw violation(sender, "acknowledges " + response + " to node " + to + ", which does not lead that term");
        }
        boolean durable = response.index() <= sender.disk.durableIndex();
        boolean cutSince = response.term() < sender.disk.saved().term()
                && sender.disk.gaveWayToNewerLeader(response.term(), response.index());
        if (!durable && !cutSince) {
            throw violation(sender, "acknowledges " + response + ", but its disk has " + sender.disk.durableIndex());
        }
    }

    /** A message has come to the present life of a node. */
    void onDeliver(NodeView receiver, NodeId from, PeerMessage message) {
        if (!(message instanceof PeerMessage.Consensus consensus)) {
            return;
        }
        RaftMessage said = consensus.message();
        if (said instanceof VoteResponse vote && vote.preVote() && vote.granted()) {
            receiver.preVotes
                    .computeIfAbsent(vote.term(), term -> new TreeSet<>())
                    .add(from);
        } else if (said instanceof TimeoutNow) {
            receiver.askedToCampaign.add(said.term());
        } else if ((said instanceof AppendResponse || said instanceof HeartbeatResponse)
                && said.term() == receiver.term) {
            receiver.answered.add(from);
        }
    }

    private Violation violation(NodeView view, String what) {
        return oracle.violation("node " + view.node.id() + " " + what, null);
    }
}
