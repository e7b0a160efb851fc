package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.VoteResponse;
import java.util.List;

/** Brings node 1 into a role by hand: the test speaks for all others. */
final class OneNode {

    static final NodeId SELF = NodeId.of(1);

    private OneNode() {}

    static RaftHost preCandidate(int voters, int... logTerms) {
        RaftHost node = RaftHost.first(voters, logTerms);
        node.campaign();
        return node;
    }

    static RaftHost candidate(int voters, int... logTerms) {
        RaftHost node = preCandidate(voters, logTerms);
        long term = node.raft().term() + 1;
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            grant(node, term, voter, true);
        }
        node.takeSent();
        return node;
    }

    static RaftHost leader(int voters, int... logTerms) {
        RaftHost node = candidate(voters, logTerms);
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            grant(node, node.raft().term(), voter, false);
        }
        return node;
    }

    /** A leader of term 1 whose first entry is committed; the first followers have it. */
    static RaftHost establishedLeader(int voters) {
        RaftHost node = leader(voters);
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            node.step(voter, AppendResponse.accepted(1, 1));
        }
        node.takeSent();
        return node;
    }

    static void elect(RaftHost node, int voters, long term) {
        node.campaign();
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            grant(node, term, voter, true);
            grant(node, term, voter, false);
        }
        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.raft().term()).isEqualTo(term);
    }

    static void grant(RaftHost node, long term, int voter, boolean preVote) {
        node.step(voter, new VoteResponse(term, preVote, true));
    }

    static AppendRequest append(long term, EntryId previous, int... terms) {
        return new AppendRequest(term, previous, RaftHost.logFrom(previous.index() + 1, terms), 0);
    }

    static Envelope to(int node, RaftMessage message) {
        return new Envelope(NodeId.of(node), message);
    }

    static List<RaftMessage> messages(RaftHost node) {
        return node.takeSent().stream().map(Envelope::message).toList();
    }
}
