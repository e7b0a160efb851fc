package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One of three nodes of a cluster that is to begin, which some of the others do not know. */
class ClusterDeskTest {

    private static final String UNKNOWN = "node 1 is not a member: node 3 knows the members [3, 7, 8]";

    private final SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());

    @AfterEach
    void close() {
        one.close();
    }

    private void refusedBy(int peer) {
        one.peers.refuse(peer, UNKNOWN);
        one.step();
    }

    private void pass(Duration time) {
        for (long millis = 0; millis < time.toMillis(); millis += 100) {
            one.advance(Duration.ofMillis(100));
            one.step();
        }
    }

    /** Lets node 2 grant every vote that it is asked for. */
    private void grantVotes() {
        for (PeerMessage sent : one.peers.take(Consensus.class)) {
            if (((Consensus) sent).message() instanceof VoteRequest request) {
                one.peers.say(2, new VoteResponse(request.term(), request.preVote(), true));
            }
        }
        one.step();
    }

    @Test
    void oneNodesWordDoesNotKeepAFreshNodeFromTheFirstElection() {
        for (int second = 0; second < 10; second++) {
            refusedBy(3);
            pass(Duration.ofSeconds(1));
        }
        assertThat(one.peers.followed.voters())
                .containsExactlyElementsOf(List.of(NodeId.of(1), NodeId.of(2), NodeId.of(3)));
        assertThat(one.peers.joins).isEmpty();
        for (int i = 0; i < 20 && one.node.status().role() != RoleKind.LEADER; i++) {
            pass(Duration.ofMillis(500));
            grantVotes();
            grantVotes();
        }
        assertThat(one.node.status().role()).isEqualTo(RoleKind.LEADER);
    }

    @Test
    void theWordOfSoManyThatNoElectionCanBeWonIsBelieved() {
        refusedBy(3);
        refusedBy(2);
        assertThat(one.peers.followed).isEqualTo(Membership.NONE);
    }

    @Test
    void refusalsOfAnotherTimeDoNotAddUp() {
        refusedBy(3);
        pass(Duration.ofSeconds(8));
        refusedBy(2);
        assertThat(one.peers.followed.voters()).hasSize(3);
    }

    @Test
    void whoIsNoVoterHasNoSay() {
        refusedBy(3);
        refusedBy(7);
        refusedBy(8);
        assertThat(one.peers.followed.voters()).hasSize(3);
    }
}
