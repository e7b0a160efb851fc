package io.dengine.raft;

import static io.dengine.raft.OneNode.establishedLeader;
import static io.dengine.raft.OneNode.messages;
import static io.dengine.raft.OneNode.preCandidate;
import static io.dengine.raft.RaftHost.ELECTION_TIMEOUT_MILLIS;
import static io.dengine.raft.RaftHost.voters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A snapshot takes the place of the state and, where the log does not hold its end, of the log (Raft paper, section 7). */
class RestoreTest {

    @Test
    void aLogWithoutTheSnapshotsEndStartsOverBehindIt() {
        RaftHost node = RaftHost.first(3, 1, 1);
        node.notices.clear();

        assertThat(node.restore(point(1, 5))).isTrue();

        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(1, 5));
        assertThat(node.raft().durable()).isEqualTo(new EntryId(1, 5));
        assertThat(node.raft().commitIndex()).isEqualTo(5);
        assertThat(node.raft().lastApplied()).isEqualTo(5);
        assertThat(node.raft().lastClusterTimeMillis()).isEqualTo(77);
        assertThat(node.disk.base()).isEqualTo(new EntryId(1, 5));
        assertThat(node.notices).containsExactly(new Notice.MembershipChanged(5, voters(3)));
    }

    @Test
    void aLogThatHoldsTheSnapshotsEndIsKept() {
        RaftHost node = RaftHost.first(3, 1, 1, 1);

        assertThat(node.restore(point(1, 2))).isTrue();

        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(1, 3));
        assertThat(node.raft().commitIndex()).isEqualTo(2);
        assertThat(node.disk.base()).isEqualTo(EntryId.ZERO);
        node.step(2, new AppendRequest(1, new EntryId(1, 3), List.of(), 3));
        assertThat(node.applied).containsExactly("1/3");
    }

    @Test
    void whatTheStateHasOrWillHaveIsNotRestored() {
        RaftHost node = RaftHost.first(3, 1, 1, 1);
        node.holdApply();
        node.step(2, new AppendRequest(1, new EntryId(1, 3), List.of(), 2));
        assertThat(node.raft().lastApplied()).isZero();

        assertThat(node.restore(point(1, 1))).isFalse();
        assertThat(node.restore(point(1, 2))).as("handed out already").isFalse();
        assertThat(node.restore(point(1, 3))).isTrue();
    }

    @Test
    void aStateThatStandsStillIsReplacedAtItsVeryPlace() {
        RaftHost node = RaftHost.first(3, 1, 1, 1);
        node.step(2, new AppendRequest(1, new EntryId(1, 3), List.of(), 2));

        assertThat(node.restore(point(1, 2))).isFalse();
        node.raft().pauseApplying(true);
        assertThat(node.restore(point(1, 1))).isFalse();
        assertThat(node.restore(point(1, 2))).isTrue();
        node.step(2, new HeartbeatRequest(1, 3, 1, 0));
        assertThat(node.applied).isEmpty();
        node.resumeApplying();
        assertThat(node.applied).containsExactly("1/3");
    }

    @Test
    void aSnapshotThatContradictsWhatIsCommittedIsFatal() {
        RaftHost node = RaftHost.first(3, 1, 1, 1);
        node.raft().pauseApplying(true);
        node.step(2, new AppendRequest(1, new EntryId(1, 3), List.of(), 2));

        assertThatThrownBy(() -> node.restore(point(2, 2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a snapshot ends at 2/2, node 1 committed 1/2 there");
    }

    /** Raft paper, section 5.4.3: a leader holds what was committed before its term, so another one has led since. */
    @Test
    void aLeaderThatDoesNotHoldTheSnapshotsEndIsDeposed() {
        RaftHost node = establishedLeader(3);
        node.propose("a");

        assertThat(node.restore(point(1, 9))).isTrue();

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().term()).isEqualTo(1);
        assertThat(node.raft().leader()).isNull();
        assertThat(node.propose("b")).isNull();
        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(1, 9));
    }

    @Test
    void aSnapshotOfANewerTermBringsItsTermAlong() {
        RaftHost leader = establishedLeader(3);
        leader.read(1);

        assertThat(leader.restore(point(4, 9))).isTrue();

        assertThat(leader.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(leader.raft().term()).isEqualTo(4);
        assertThat(leader.saved()).isEqualTo(new HardState(4, null));
        assertThat(leader.failedReads).containsExactly(1L);
        leader.crash();
        leader.restart();
        assertThat(leader.raft().lastEntry()).isEqualTo(new EntryId(4, 9));
    }

    @Test
    void theLeaderThatMadeTheSnapshotsEndIsToldWhenTheDiskHasIt() {
        RaftHost node = RaftHost.first(3, 1);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.takeSent();
        node.holdDisk();

        node.restore(point(1, 5));
        assertThat(node.takeSent()).isEmpty();

        node.releaseDisk();
        assertThat(messages(node)).containsExactly(AppendResponse.accepted(1, 5));
    }

    /**
     * The snapshot's end is of an earlier term than the leader's. It may have been committed by a later leader, whom the one that is followed here
     * does not know: its log need not hold the entry, and to claim agreement there would look like a loss to it.
     */
    @Test
    void aLeaderThatMayLackTheSnapshotsEndIsToldNothing() {
        RaftHost node = RaftHost.first(3, 1);
        node.step(2, new HeartbeatRequest(3, 0, 1, 0));
        node.takeSent();

        node.restore(point(2, 5));

        assertThat(node.takeSent()).isEmpty();
        // One that has it asks, and hears.
        node.step(2, new AppendRequest(3, new EntryId(2, 5), List.of(), 5));
        assertThat(messages(node)).containsExactly(AppendResponse.accepted(3, 5));
    }

    @Test
    void aCandidateAsksOnForItsNewLog() {
        RaftHost node = preCandidate(3, 1);
        node.takeSent();

        node.restore(point(1, 5));

        assertThat(node.raft().role()).isEqualTo(RoleKind.PRE_CANDIDATE);
        node.advance(RaftHost.HEARTBEAT_MILLIS);
        assertThat(node.takeSent(VoteRequest.class)).contains(new VoteRequest(2, true, new EntryId(1, 5), false));
    }

    @Test
    void aCandidateThatIsNoVoterAnyMoreGivesUp() {
        RaftHost node = preCandidate(3, 1);
        Membership without = Membership.ofVoters(List.of(NodeId.of(2), NodeId.of(3)));

        node.restore(new RestorePoint(new EntryId(1, 5), 77, without));
        node.step(2, new VoteResponse(2, true, true));
        node.step(3, new VoteResponse(2, true, true));
        node.advance(5 * ELECTION_TIMEOUT_MILLIS);

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().term()).isEqualTo(1);
    }

    @Test
    void aNodeThatHasNothingMayForgetWhatItWasConfiguredWith() {
        RaftHost node = RaftHost.first(3);
        node.campaign();

        assertThat(node.raft().forgetMembership()).isTrue();

        assertThat(node.raft().membership()).isEqualTo(Membership.NONE);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        node.advance(5 * ELECTION_TIMEOUT_MILLIS);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().nextDueNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aNodeWithALogBelievesItsLog() {
        RaftHost node = RaftHost.first(3, 1);

        assertThat(node.raft().forgetMembership()).isFalse();

        assertThat(node.raft().membership()).isEqualTo(voters(3));
    }

    @Test
    void aNodeThatMayNotCampaignGivesUpAndIsNotToBeAskedEither() {
        RaftHost node = OneNode.candidate(3);

        node.raft().pauseCampaigns(true);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        node.step(2, new VoteResponse(1, false, true));
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.step(2, new TimeoutNow(1));
        node.advance(5 * ELECTION_TIMEOUT_MILLIS);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().term()).isEqualTo(1);
        assertThat(node.raft().nextDueNanos()).isEqualTo(Long.MAX_VALUE);

        node.step(2, new VoteRequest(2, false, EntryId.ZERO, false));
        assertThat(node.saved()).isEqualTo(new HardState(2, NodeId.of(2)));

        node.raft().pauseCampaigns(false);
        node.advance(3 * ELECTION_TIMEOUT_MILLIS);
        assertThat(node.raft().role()).isEqualTo(RoleKind.PRE_CANDIDATE);
    }

    @Test
    void aLeaderWhoseCampaignsArePausedLeadsOn() {
        RaftHost node = establishedLeader(3);

        node.raft().pauseCampaigns(true);

        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.propose("a")).isNotNull();
    }

    @Test
    void pausedApplyingHoldsEntriesBackAndLosesNone() {
        RaftHost node = establishedLeader(3);
        node.raft().pauseApplying(true);
        node.propose("a");
        node.step(2, AppendResponse.accepted(1, 2));
        assertThat(node.raft().commitIndex()).isEqualTo(2);
        assertThat(node.applied).containsExactly("-");

        node.resumeApplying();
        assertThat(node.applied).containsExactly("-", "a");
    }

    private static RestorePoint point(long term, long index) {
        return new RestorePoint(new EntryId(term, index), 77, voters(3));
    }
}
