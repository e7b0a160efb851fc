package io.dengine.raft;

import static io.dengine.raft.OneNode.SELF;
import static io.dengine.raft.OneNode.establishedLeader;
import static io.dengine.raft.OneNode.leader;
import static io.dengine.raft.OneNode.messages;
import static io.dengine.raft.OneNode.to;
import static io.dengine.raft.RaftHost.ELECTION_TIMEOUT_MILLIS;
import static io.dengine.raft.RaftHost.HEARTBEAT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who may disturb a leader, when it gives up, and how it hands over (section 6; thesis, sections 3.10, 4.2 and 6.2). One test per rule of the Raft paper (extended version; § is its section) and of
 * Ongaro's thesis. Node 1 is real; the test speaks for the others.
 */
class PaperLeadershipTest {

    /** §6, thesis §4.2.3: "if a server receives a RequestVote request within the minimum election timeout of hearing from a current leader, it does not update its term or grant its vote." */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void voterSticksToALeaderItHears(boolean preVote) {
        RaftHost node = RaftHost.first(3, 1);
        node.advance(ELECTION_TIMEOUT_MILLIS);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.advance(10); // dates the heartbeat
        node.takeSent();

        node.advance(ELECTION_TIMEOUT_MILLIS - 10);
        node.step(3, new VoteRequest(2, preVote, new EntryId(1, 1), false));
        assertThat(messages(node)).containsExactly(new VoteResponse(1, preVote, false));
        assertThat(node.raft().term()).isEqualTo(1);

        node.advance(10);
        node.step(3, new VoteRequest(2, preVote, new EntryId(1, 1), false));
        assertThat(messages(node)).containsExactly(new VoteResponse(2, preVote, true));
    }

    /** Thesis §4.2.3: a leader that hears a quorum is its own best witness. */
    @Test
    void leaderIgnoresCampaigns() {
        RaftHost node = leader(3);

        node.step(3, new VoteRequest(5, false, new EntryId(4, 9), false));

        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.raft().term()).isEqualTo(1);
    }

    /** The promise behind the lease: it counts from the tick after the message, however long the process stood still before. */
    @Test
    void promiseCountsFromTheTickAfterTheMessage() {
        RaftHost node = RaftHost.first(3, 1);
        node.advance(ELECTION_TIMEOUT_MILLIS);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.jump(900); // the pause lay between the last tick and the message
        node.advance(ELECTION_TIMEOUT_MILLIS - 10);

        node.step(3, new VoteRequest(2, false, new EntryId(1, 1), false));

        assertThat(node.raft().term()).isEqualTo(1);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
    }

    /** A stray higher term does not end the promise to the leader of the lower one. */
    @Test
    void promiseOutlivesANewTerm() {
        RaftHost node = RaftHost.first(3, 1);
        node.advance(ELECTION_TIMEOUT_MILLIS);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.advance(100);

        node.step(3, new VoteResponse(5, false, false));
        node.step(3, new VoteRequest(6, false, new EntryId(1, 1), false));

        assertThat(node.raft().term()).isEqualTo(5);
        assertThat(node.saved().votedFor()).isNull();
    }

    /** A node that restarts may have promised just before: it stays silent for one election timeout. */
    @Test
    void restartedVoterIsSilentForOneElectionTimeout() {
        RaftHost node = RaftHost.first(3, 1);
        VoteRequest request = new VoteRequest(2, false, new EntryId(1, 1), false);

        node.advance(ELECTION_TIMEOUT_MILLIS - 10);
        node.step(2, request);
        assertThat(node.raft().term()).isEqualTo(1);

        node.advance(10);
        node.step(2, request);
        assertThat(node.saved()).isEqualTo(new HardState(2, NodeId.of(2)));
    }

    /** Thesis §3.10 and §4.2.3: an election that the leader asked for is not held up, not even by a restarted voter. */
    @Test
    void transferOverridesPromises() {
        RaftHost node = RaftHost.first(3, 1);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));

        node.step(3, new VoteRequest(2, false, new EntryId(1, 1), true));

        assertThat(node.saved()).isEqualTo(new HardState(2, NodeId.of(3)));
    }

    /** Thesis §4.2.1: non-voting members "are not counted in majorities" and never campaign, but may be voters by now without knowing it. */
    @Test
    void learnerNeverCampaignsButVotes() {
        Set<NodeId> voters = new TreeSet<>(List.of(NodeId.of(1), NodeId.of(2), NodeId.of(3)));
        RaftHost learner = new RaftHost(
                NodeId.of(4),
                new Membership(voters, Set.of(), Set.of(NodeId.of(4))),
                HardState.INITIAL,
                List.of(),
                EnumSet.allOf(SafetyRule.class));
        learner.step(1, new HeartbeatRequest(1, 0, 1, 0));
        learner.step(1, new TimeoutNow(1));
        learner.takeSent();

        learner.advance(10 * ELECTION_TIMEOUT_MILLIS);

        assertThat(learner.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(learner.saved()).isEqualTo(new HardState(1, null));
        assertThat(learner.takeSent()).isEmpty();
        learner.step(2, new VoteRequest(2, false, EntryId.ZERO, false));
        assertThat(learner.takeSent(VoteResponse.class)).containsExactly(new VoteResponse(2, false, true));
    }

    /** Thesis §6.2: "a leader steps down if an election timeout elapses without a successful round of heartbeats to a majority." */
    @Test
    void leaderWithoutQuorumStepsDown() {
        RaftHost node = establishedLeader(5);
        node.advance(ELECTION_TIMEOUT_MILLIS / 2);
        node.step(2, new HeartbeatResponse(1, 1));
        node.step(3, new HeartbeatResponse(1, 1));

        node.advance(ELECTION_TIMEOUT_MILLIS - 50);
        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        node.advance(200);

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().term()).isEqualTo(1);
        assertThat(node.raft().leader()).isNull();
    }

    /** Thesis §6.2, with care: after a pause the answers that came meanwhile are read before the verdict. */
    @Test
    void leaderThatStoodStillFirstReadsItsMail() {
        RaftHost node = establishedLeader(3);

        node.jump(5 * ELECTION_TIMEOUT_MILLIS);
        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        node.step(2, new HeartbeatResponse(1, 1));
        node.advance(HEARTBEAT_MILLIS * 2);

        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
    }

    /** Thesis §3.10: the leader "stops accepting new client requests", brings the target up to date, and sends TimeoutNow. */
    @Test
    void transferBringsTheTargetUpToDateFirst() {
        RaftHost node = establishedLeader(3);
        node.propose("a");

        assertThat(node.transfer(NodeId.of(2))).isTrue();
        assertThat(node.propose("b")).isNull();
        assertThat(node.read(1)).isFalse();
        assertThat(node.takeSent(TimeoutNow.class)).isEmpty();

        node.step(2, AppendResponse.accepted(1, 2));
        assertThat(node.takeSent()).contains(to(2, new TimeoutNow(1)));
        assertThat(node.transfer(NodeId.of(3))).isFalse();
    }

    /** Thesis §3.10: "if leadership transfer does not complete after about an election timeout, the prior leader aborts." */
    @Test
    void transferIsGivenUpAfterAnElectionTimeout() {
        RaftHost node = establishedLeader(3);
        node.transfer(null);

        for (int i = 0; i < 11; i++) {
            node.advance(HEARTBEAT_MILLIS);
            node.step(3, new HeartbeatResponse(1, 1));
        }

        assertThat(node.propose("a")).isNotNull();
        assertThat(node.transfer(SELF)).isFalse();
        assertThat(node.transfer(NodeId.of(9))).isFalse();
    }

    /** Thesis §3.10: the target campaigns without waiting, and says why. */
    @Test
    void timeoutNowStartsARealElectionAtOnce() {
        RaftHost node = RaftHost.first(3, 1);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.takeSent();

        node.step(2, new TimeoutNow(1));
        node.step(2, new TimeoutNow(1)); // repeated: of an older term by now

        assertThat(node.saved()).isEqualTo(new HardState(2, SELF));
        VoteRequest request = new VoteRequest(2, false, new EntryId(1, 1), true);
        assertThat(node.takeSent()).containsExactly(to(2, request), to(3, request));
    }
}
