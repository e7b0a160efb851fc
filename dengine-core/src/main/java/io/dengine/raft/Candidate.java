package io.dengine.raft;

import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.Map;
import java.util.TreeMap;

/**
 * Asks for votes: first whether it would win (pre-vote, Ongaro's thesis, section 9.6), which changes nothing anywhere,
 * then in a new term. Repeats its request with every heartbeat interval, since requests may be lost and a voter's promise to
 * the last leader may end meanwhile; starts over when its timeout ends.
 */
final class Candidate implements Role {

    private final NodeState node;
    private final boolean preVote;
    private final boolean transfer;
    private final Map<NodeId, Boolean> answers = new TreeMap<>();
    private long repeatNanos;

    private Candidate(NodeState node, boolean preVote, boolean transfer) {
        this.node = node;
        this.preVote = preVote;
        this.transfer = transfer;
    }

    /** Asks whether a campaign would be won. */
    static Role ask(NodeState node) {
        node.changeLeader(null, "no contact with a leader");
        node.explain("election timeout");
        node.timer.restart();
        Candidate candidate = new Candidate(node, true, false);
        candidate.answers.put(node.self, true);
        candidate.sendRequests();
        return candidate.outcome();
    }

    /** Campaigns at once, as the leader asked. */
    static Role standForTransfer(NodeState node) {
        return stand(node, true, "the leader hands over");
    }

    private static Role stand(NodeState node, boolean transfer, String reason) {
        node.enterTerm(node.term() + 1, node.self);
        node.explain(reason);
        node.timer.restart();
        Candidate candidate = new Candidate(node, false, transfer);
        candidate.sendRequests();
        return candidate; // its own vote counts when it is durable
    }

    @Override
    public RoleKind kind() {
        return preVote ? RoleKind.PRE_CANDIDATE : RoleKind.CANDIDATE;
    }

    @Override
    public Role tick() {
        if (node.timer.isExpired()) {
            return ask(node);
        }
        if (node.now() >= repeatNanos) {
            sendRequests();
        }
        return this;
    }

    @Override
    public long nextDueNanos() {
        return Math.min(node.timer.nextDueNanos(), repeatNanos);
    }

    @Override
    public Role step(NodeId from, RaftMessage message) {
        if (message instanceof VoteResponse vote) {
            return onVote(from, vote);
        }
        if (message instanceof AppendRequest || message instanceof HeartbeatRequest || message instanceof TimeoutNow) {
            return new Follower(node).step(from, message); // this term has a leader (Raft paper, section 5.2)
        }
        if (message instanceof AppendResponse || message instanceof HeartbeatResponse) {
            return this;
        }
        throw new AssertionError(message);
    }

    @Override
    public Role onHardStateSaved() {
        boolean ownVote = !preVote
                && node.saved().term() == node.term()
                && node.self.equals(node.saved().votedFor());
        if (!ownVote) {
            return this;
        }
        answers.put(node.self, true);
        return outcome();
    }

    private Role onVote(NodeId from, VoteResponse vote) {
        if (vote.preVote() != preVote || (vote.granted() && vote.term() != campaignTerm())) {
            return this;
        }
        if (vote.granted()) {
            answers.put(from, true);
        } else if (!preVote) {
            answers.putIfAbsent(from, false); // a pre-vote refused now may be granted when a promise ends
        }
        return outcome();
    }

    private Role outcome() {
        boolean ownVote = answers.getOrDefault(node.self, false);
        if (node.membership().hasQuorum(voter -> answers.getOrDefault(voter, false))
                || (ownVote && node.decidesStepAlone())) {
            return preVote ? stand(node, false, "pre-vote won") : Leader.elected(node);
        }
        if (!node.membership().hasQuorum(voter -> answers.getOrDefault(voter, true))) {
            node.explain("election lost");
            node.timer.retry();
            return new Follower(node);
        }
        return this;
    }

    private void sendRequests() {
        VoteRequest request = new VoteRequest(campaignTerm(), preVote, node.log.last(), transfer);
        for (NodeId member : node.membership().members()) {
            if (node.membership().isVoter(member) && !member.equals(node.self) && !answers.containsKey(member)) {
                if (preVote) {
                    node.outbox.sendNow(member, request);
                } else {
                    node.outbox.sendAfterAppend(member, request);
                }
            }
        }
        repeatNanos = node.now() + node.config.heartbeatNanos();
    }

    private long campaignTerm() {
        return preVote ? node.term() + 1 : node.term();
    }
}
