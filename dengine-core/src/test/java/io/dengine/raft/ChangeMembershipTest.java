package io.dengine.raft;

import static io.dengine.raft.OneNode.establishedLeader;
import static io.dengine.raft.OneNode.leader;
import static io.dengine.raft.RaftHost.ELECTION_TIMEOUT_MILLIS;
import static io.dengine.raft.RaftHost.HEARTBEAT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.ChangeOutcome.Reason;
import io.dengine.raft.ChangeOutcome.Refused;
import io.dengine.raft.ChangeOutcome.Started;
import io.dengine.raft.ChangeOutcome.Unchanged;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a leader does with a change of the membership, and what it says when it does nothing. Node 1 is real. */
class ChangeMembershipTest {

    private static final MembershipChange ADD_4 = new MembershipChange.AddLearner(Member.unknown(NodeId.of(4)));

    @Test
    void onlyALeaderChangesTheMembership() {
        RaftHost follower = RaftHost.first(3);

        assertThat(follower.change(ADD_4)).isEqualTo(new Refused(Reason.NOT_LEADER, "node 1 does not lead"));
    }

    @Test
    void aLeaderFirstCommitsAnEntryOfItsTerm() {
        RaftHost node = leader(3, 1);

        assertThat(node.change(ADD_4)).isEqualTo(new Refused(Reason.NOT_LEADER, "node 1 has not taken over yet"));

        node.step(2, AppendResponse.accepted(2, 2));
        assertThat(node.change(ADD_4)).isEqualTo(new Started(3));
    }

    @Test
    void aLeaderThatHandsOverStartsNothing() {
        RaftHost node = establishedLeader(3);
        node.transfer(NodeId.of(2));

        assertThat(node.change(ADD_4)).isEqualTo(new Refused(Reason.NOT_LEADER, "node 1 is handing leadership over"));
    }

    @Test
    void aChangeIsInEffectOnAppendAndCommittedLater() {
        RaftHost node = establishedLeader(3);
        node.notices.clear();

        assertThat(node.change(ADD_4)).isEqualTo(new Started(2));

        Membership with4 = node.raft().membership();
        assertThat(with4).hasToString("voters [1, 2, 3], learners [4]");
        assertThat(node.notices).containsExactly(new Notice.MembershipChanged(2, with4));
        assertThat(node.raft().isChangingMembership()).isTrue();
        assertThat(node.raft().committedMembership()).hasToString("voters [1, 2, 3]");
        assertThat(node.raft().peers())
                .extracting(PeerProgress::peer)
                .containsExactly(NodeId.of(2), NodeId.of(3), NodeId.of(4));

        node.step(2, AppendResponse.accepted(1, 2));
        assertThat(node.raft().committedMembership()).isEqualTo(with4);
        assertThat(node.raft().isChangingMembership()).isFalse();
    }

    @Test
    void oneChangeIsUnderWayAtATime() {
        RaftHost node = establishedLeader(3);
        node.change(ADD_4);

        assertThat(node.change(new MembershipChange.Remove(NodeId.of(3))))
                .isEqualTo(new Refused(
                        Reason.CHANGE_IN_PROGRESS,
                        "another change is not through yet: voters [1, 2, 3], learners [4]"));
        assertThat(node.change(ADD_4)).isInstanceOf(Refused.class);
    }

    @Test
    void theStepBetweenIsAChangeUnderWay() {
        RaftHost node = establishedLeader(3);
        answer(node, 3);
        assertThat(node.change(new MembershipChange.Remove(NodeId.of(3)))).isEqualTo(new Started(2));

        assertThat(node.change(ADD_4))
                .isEqualTo(new Refused(
                        Reason.CHANGE_IN_PROGRESS,
                        "another change is not through yet: voters [1, 2], outgoing [1, 2, 3]"));
        node.step(2, AppendResponse.accepted(1, 2)); // the joint step is committed, and left
        assertThat(node.raft().membership()).hasToString("voters [1, 2]");
        assertThat(node.change(ADD_4))
                .isEqualTo(new Refused(Reason.CHANGE_IN_PROGRESS, "another change is not through yet: voters [1, 2]"));
        node.step(2, AppendResponse.accepted(1, 3));
        assertThat(node.change(ADD_4)).isEqualTo(new Started(4));
    }

    @Test
    void whatIsSoAlreadyIsNotDoneAgain() {
        RaftHost node = establishedLeader(3);
        long last = node.raft().lastEntry().index();

        assertThat(node.change(new MembershipChange.Remove(NodeId.of(9)))).isEqualTo(new Unchanged());
        assertThat(node.change(new MembershipChange.Promote(NodeId.of(2)))).isEqualTo(new Unchanged());
        assertThat(node.raft().lastEntry().index()).isEqualTo(last);
    }

    @Test
    void whatMakesNoSenseIsRefusedInItsOwnWords() {
        RaftHost node = establishedLeader(3);

        assertThat(node.change(new MembershipChange.Promote(NodeId.of(9))))
                .isEqualTo(new Refused(Reason.INVALID, "node 9 is not a member of voters [1, 2, 3]"));
        RaftHost alone = RaftHost.first(1);
        alone.advance(10);
        assertThat(alone.change(new MembershipChange.Remove(NodeId.of(1))))
                .isEqualTo(new Refused(Reason.INVALID, "node 1 is the only voter"));
    }

    @Test
    void aLeaderDoesNotLeaveTheVotersItLeads() {
        RaftHost node = establishedLeader(3);
        Refused refused = new Refused(
                Reason.LEADER_LEAVES, "node 1 leads: it must hand leadership over before it leaves the voters");

        assertThat(node.change(new MembershipChange.Remove(NodeId.of(1)))).isEqualTo(refused);
        assertThat(node.change(new MembershipChange.Demote(NodeId.of(1)))).isEqualTo(refused);
        assertThat(node.raft().isChangingMembership()).isFalse();
    }

    @Test
    void aLearnerThatLacksEntriesDoesNotVote() {
        RaftHost node = establishedLeader(3);
        node.change(ADD_4);
        node.step(2, AppendResponse.accepted(1, 2));
        MembershipChange promote = new MembershipChange.Promote(NodeId.of(4));

        assertThat(node.change(promote))
                .isEqualTo(new Refused(
                        Reason.NOT_CAUGHT_UP,
                        "node 4 lacks 2 entries of the log and does not answer: it can vote once it has caught up"));
        node.step(4, AppendResponse.rejected(1, 1, 0, 0));
        assertThat(node.change(promote))
                .isEqualTo(new Refused(
                        Reason.NOT_CAUGHT_UP, "node 4 lacks 2 entries of the log: it can vote once it has caught up"));
        node.step(3, AppendResponse.accepted(1, 2));
        node.step(4, AppendResponse.accepted(1, 2));
        assertThat(node.raft().membership()).hasToString("voters [1, 2, 3, 4], outgoing [1, 2, 3]");
    }

    @Test
    void aChangeThatLeavesTooFewWhoAnswerIsRefused() {
        RaftHost node = establishedLeader(3);

        assertThat(node.change(new MembershipChange.Remove(NodeId.of(2))))
                .isEqualTo(new Refused(
                        Reason.QUORUM_AT_RISK,
                        "of the voters [1, 3] that would be, [3] do not answer: the cluster would stop"));
        answer(node, 3);
        assertThat(node.change(new MembershipChange.Remove(NodeId.of(2)))).isInstanceOf(Started.class);
    }

    /** The grace that a new leader gives its peers before it steps down is no sign of life. */
    @Test
    void whoAnsweredTooLongAgoDoesNotAnswer() {
        RaftHost node = establishedLeader(3);
        answer(node, 3);
        for (long passed = 0; passed < ELECTION_TIMEOUT_MILLIS; passed += HEARTBEAT_MILLIS) {
            node.advance(HEARTBEAT_MILLIS);
            node.step(2, new HeartbeatResponse(1, 1));
        }

        assertThat(node.change(new MembershipChange.Remove(NodeId.of(2)))).isInstanceOf(Refused.class);
        assertThat(node.change(new MembershipChange.Remove(NodeId.of(3)))).isInstanceOf(Started.class);
    }

    @Test
    void whoIsKnownAnewChangesNoVotersAndTakesOneStep() {
        RaftHost node = establishedLeader(3);
        Member seen = Member.of(NodeId.of(3), "c:1", new UUID(1, 2));

        assertThat(node.change(new MembershipChange.Describe(seen))).isEqualTo(new Started(2));

        assertThat(node.raft().membership().member(NodeId.of(3))).isEqualTo(seen);
        assertThat(node.raft().membership().isJoint()).isFalse();
    }

    @Test
    void theFirstEntryOfAClusterIsItsMembership() {
        RaftHost node = leader(3);

        assertThat(node.disk.read(1, 2, 1)).singleElement().satisfies(entry -> {
            assertThat(entry.kind()).isEqualTo(EntryKind.MEMBERSHIP);
            assertThat(MembershipCodec.decode(entry.payload())).isEqualTo(RaftHost.voters(3));
        });
    }

    @Test
    void aMembershipIsNoProposal() {
        RaftHost node = establishedLeader(3);

        assertThatThrownBy(() -> node.raft().propose(EntryKind.MEMBERSHIP, MembershipCodec.encode(RaftHost.voters(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a membership cannot be proposed");
    }

    /** The lowest member counts for what all members hold, and a new one holds nothing. */
    @Test
    void aNewMemberHoldsBackWhatAllHold() {
        RaftHost node = establishedLeader(3);
        node.step(3, AppendResponse.accepted(1, 1));
        assertThat(node.raft().heldByAllIndex()).isEqualTo(1);

        node.change(ADD_4);

        assertThat(node.raft().heldByAllIndex()).isZero();
    }

    /** A lease of a leader that decides alone ends when it gets company; the next confirmed round gives one that ends. */
    @Test
    void aLoneLeadersLeaseEndsWithItsSolitude() {
        RaftHost node = RaftHost.first(1);
        node.advance(10);
        node.change(new MembershipChange.AddLearner(Member.unknown(NodeId.of(2))));
        node.advance(HEARTBEAT_MILLIS);
        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MAX_VALUE);

        node.step(2, AppendResponse.accepted(1, 2));

        assertThat(node.raft().membership()).hasToString("voters [1, 2], outgoing [1]");
        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MIN_VALUE);
        node.advance(HEARTBEAT_MILLIS);
        long round = node.takeSentTo(2, HeartbeatRequest.class).stream()
                .mapToLong(HeartbeatRequest::round)
                .max()
                .orElseThrow();
        node.step(2, new HeartbeatResponse(1, round));
        assertThat(node.raft().leaseUntilNanos()).isBetween(node.nowNanos(), Long.MAX_VALUE - 1);
    }

    /** Where the best successor does not take over, the next attempt waits, and is made with another. */
    @Test
    void aLeaderThatIsReplacedTriesItsSuccessorsInTurn() {
        RaftHost node = establishedLeader(3);
        answer(node, 3);
        node.change(new MembershipChange.Replace(NodeId.of(1), Member.unknown(NodeId.of(4))));
        for (int peer = 2; peer <= 4; peer++) {
            node.step(peer, AppendResponse.accepted(1, 2));
        }
        assertThat(node.propose("a")).as("handing over").isNull();

        passWithAnswers(node, ELECTION_TIMEOUT_MILLIS);
        assertThat(node.propose("b")).as("given up").isNotNull();
        for (int peer = 2; peer <= 4; peer++) {
            node.step(peer, AppendResponse.accepted(1, 3));
        }
        passWithAnswers(node, ELECTION_TIMEOUT_MILLIS);
        assertThat(node.transfer(NodeId.of(2))).as("node 3 is asked now").isFalse();
        assertThat(node.transfer(NodeId.of(3))).isTrue();
    }

    private static void passWithAnswers(RaftHost node, long millis) {
        for (long passed = 0; passed < millis; passed += HEARTBEAT_MILLIS) {
            node.advance(HEARTBEAT_MILLIS);
            for (int peer = 2; peer <= 4; peer++) {
                node.step(peer, new HeartbeatResponse(1, 1));
            }
        }
    }

    private static void answer(RaftHost node, int peer) {
        node.step(peer, AppendResponse.accepted(1, 1));
    }
}
