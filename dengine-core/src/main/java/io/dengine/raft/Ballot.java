package io.dengine.raft;

import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;

/**
 * Gives at most one vote in a term, only as a member, and only to a log that lacks nothing of this one; the same in every role (Raft paper, sections
 * 5.2 and 5.4.1; stickiness: Ongaro's thesis, section 4.2.3).
 */
final class Ballot {

    private final NodeState node;

    Ballot(NodeState node) {
        this.node = node;
    }

    /** Returns whether the request's term is to be entered before it is answered. */
    boolean opensTerm(VoteRequest request, boolean leading) {
        return !request.preVote() && request.term() > node.term() && !isPromised(request, leading);
    }

    void answer(NodeId from, VoteRequest request, boolean leading) {
        NodeId votedFor = node.votedFor();
        boolean free = request.term() > node.term() || votedFor == null || votedFor.equals(from);
        boolean upToDate = request.last().compareTo(node.log.last()) >= 0 || !node.enforces(SafetyRule.COMPARE_LOGS);
        boolean able = !isPromised(request, leading) && node.mayVote();
        if (!able || request.term() < node.term() || !free || !upToDate) {
            node.reply(from, new VoteResponse(node.term(), request.preVote(), false));
        } else if (request.preVote()) {
            node.outbox.sendNow(from, new VoteResponse(request.term(), true, true));
        } else {
            if (votedFor == null) {
                node.voteFor(from);
            }
            node.timer.restart();
            node.outbox.sendAfterAppend(from, new VoteResponse(request.term(), false, true));
        }
    }

    /** Then the term stays as well: no outsider disturbs a leader that is heard. */
    private boolean isPromised(VoteRequest request, boolean leading) {
        return (leading || node.timer.isPromised()) && !request.transfer() && node.enforces(SafetyRule.KEEP_PROMISE);
    }
}
