package io.dengine.raft;

import static io.dengine.raft.RaftHost.ELECTION_TIMEOUT_MILLIS;
import static io.dengine.raft.RaftHost.HEARTBEAT_MILLIS;
import static io.dengine.raft.RaftHost.MILLI;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.Ready.ConfirmedRead;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One test per rule of the Raft paper (extended version; § is its section) and of Ongaro's thesis. Node 1 is real; the test speaks
 * for the others.
 */
class RaftPaperTest {

    private static final NodeId SELF = NodeId.of(1);

    /** §5.2: "When servers start up, they begin as followers." */
    @Test
    void startsAsFollower() {
        assertThat(RaftHost.first(3).raft().role()).isEqualTo(RoleKind.FOLLOWER);
    }

    /** §5.1: "If one server's current term is smaller than the other's, then it updates its current term." */
    @Test
    void newerTermIsTakenOver() {
        RaftHost node = RaftHost.first(3, 1);

        node.step(2, new HeartbeatRequest(3, 0, 1, 0));

        assertThat(node.raft().term()).isEqualTo(3);
        assertThat(node.saved().term()).isEqualTo(3);
    }

    /** §5.1: "If a candidate or leader discovers that its term is out of date, it immediately reverts to follower state." */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void newerTermMakesCandidateAndLeaderFollowers(boolean leader) {
        RaftHost node = leader ? leader(3) : candidate(3);

        node.step(3, new HeartbeatResponse(7, 0));

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().term()).isEqualTo(7);
        assertThat(node.raft().leader()).isNull();
    }

    /** §5.1: "If a server receives a request with a stale term number, it rejects the request." */
    @Test
    void requestsOfOlderTermsAreRefusedWithTheOwnTerm() {
        RaftHost node = RaftHost.first(3, 1, 4);

        node.step(2, append(2, new EntryId(1, 1), 2));
        node.step(2, new HeartbeatRequest(2, 0, 1, 0));
        node.step(2, new VoteRequest(3, false, new EntryId(2, 9), false));
        node.step(2, new VoteRequest(3, true, new EntryId(2, 9), false));

        assertThat(messages(node))
                .containsExactly(
                        AppendResponse.rejected(4, 1, 0, 0),
                        new HeartbeatResponse(4, 0),
                        new VoteResponse(4, false, false),
                        new VoteResponse(4, true, false));
        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(4, 2));
        assertThat(node.raft().leader()).isNull();
    }

    /** §5.2: "If a follower receives no communication over a period of time called the election timeout [...] it begins an election." */
    @Test
    void followerCampaignsAfterTheElectionTimeout() {
        RaftHost node = RaftHost.first(3);

        node.advance(ELECTION_TIMEOUT_MILLIS - 10);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);

        node.advance(ELECTION_TIMEOUT_MILLIS + 10);
        assertThat(node.raft().role()).isEqualTo(RoleKind.PRE_CANDIDATE);
    }

    /** §5.2: "Election timeouts are chosen randomly from a fixed interval." */
    @Test
    void electionTimeoutsSpreadOverOneToTwoTimeouts() {
        Set<Long> timeouts = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            Raft raft = new Raft(
                    RaftHost.CONFIG,
                    SELF,
                    RaftHost.voters(3),
                    HardState.INITIAL,
                    new DiskLog(),
                    0,
                    0,
                    new SplittableRandom(seed));
            timeouts.add(raft.nextDueNanos());
        }

        assertThat(timeouts)
                .hasSizeGreaterThan(95)
                .allSatisfy(timeout -> assertThat(timeout)
                        .isBetween(ELECTION_TIMEOUT_MILLIS * MILLI, 2 * ELECTION_TIMEOUT_MILLIS * MILLI - 1));
    }

    /** §5.2: "A server remains in follower state as long as it receives valid RPCs from a leader." */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leaderContactKeepsFollower(boolean heartbeat) {
        RaftHost node = RaftHost.first(3, 1);

        for (int i = 0; i < 30; i++) {
            node.advance(ELECTION_TIMEOUT_MILLIS / 2);
            node.step(2, heartbeat ? new HeartbeatRequest(1, 0, i, 0) : append(1, new EntryId(1, 1)));
        }

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().leader()).isEqualTo(NodeId.of(2));
    }

    /** §5.2: "To begin an election, a follower increments its current term and transitions to candidate state. It then votes for itself and issues RequestVote RPCs in parallel to each of the other servers." */
    @Test
    void candidateRaisesTermVotesForItselfAndAsksAllOthers() {
        RaftHost node = preCandidate(5, 1, 1);
        node.takeSent();

        grant(node, 2, 2, true);
        grant(node, 2, 3, true);

        assertThat(node.saved()).isEqualTo(new HardState(2, SELF));
        VoteRequest request = new VoteRequest(2, false, new EntryId(1, 2), false);
        assertThat(node.takeSent()).containsExactly(to(2, request), to(3, request), to(4, request), to(5, request));
    }

    /** §5.2: "A candidate wins an election if it receives votes from a majority of the servers in the full cluster." */
    @ParameterizedTest
    @CsvSource({"2, 1", "3, 1", "4, 2", "5, 2", "6, 3", "7, 3"})
    void majorityOfVotesWins(int voters, int votesNeeded) {
        RaftHost node = candidate(voters);

        for (int voter = 2; voter <= votesNeeded; voter++) {
            grant(node, 1, voter, false);
        }
        grant(node, 1, votesNeeded, false); // said twice
        grant(node, 1, 9, false); // not a member
        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);

        grant(node, 1, votesNeeded + 1, false);
        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
    }

    /** §5.2: a cluster of one has its majority at once. */
    @Test
    void onlyVoterLeadsAtOnce() {
        RaftHost node = RaftHost.first(1, 1, 1);

        node.advance(10);

        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.applied).containsExactly("1/1", "1/2", "-");
    }

    /** §5.2: "Each server will vote for at most one candidate in a given term, on a first-come-first-served basis." */
    @Test
    void voterVotesOncePerTermAndRepeatsItself() {
        RaftHost node = RaftHost.first(3);
        VoteRequest request = new VoteRequest(1, false, EntryId.ZERO, false);

        node.step(2, request);
        node.step(3, request);
        node.step(2, request);

        assertThat(node.takeSent())
                .containsExactly(
                        to(2, new VoteResponse(1, false, true)),
                        to(3, new VoteResponse(1, false, false)),
                        to(2, new VoteResponse(1, false, true)));
    }

    /** Figure 2: currentTerm and votedFor are "updated on stable storage before responding to RPCs". */
    @Test
    void voteWaitsForTheDisk() {
        RaftHost node = RaftHost.first(3);
        node.holdDisk();

        node.step(2, new VoteRequest(1, false, EntryId.ZERO, false));
        node.step(3, new VoteRequest(1, false, EntryId.ZERO, false)); // even a refusal tells the new term
        assertThat(node.takeSent()).isEmpty();

        node.releaseDisk();
        assertThat(node.takeSent(VoteResponse.class))
                .containsExactly(new VoteResponse(1, false, true), new VoteResponse(1, false, false));
    }

    /** Figure 2: a vote outlives a restart. */
    @Test
    void voteSurvivesRestart() {
        RaftHost node = RaftHost.first(3);
        node.step(2, new VoteRequest(1, false, EntryId.ZERO, false));
        node.crash();
        node.restart();
        node.advance(ELECTION_TIMEOUT_MILLIS);

        node.step(3, new VoteRequest(1, false, EntryId.ZERO, false));

        assertThat(node.takeSent(VoteResponse.class)).containsExactly(new VoteResponse(1, false, false));
    }

    /** Figure 2: a candidate asks for votes, and counts its own, only when its term and vote are durable. */
    @Test
    void candidateWaitsForItsOwnDisk() {
        RaftHost node = preCandidate(3);
        node.takeSent();
        node.holdDisk();

        grant(node, 1, 2, true);
        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);
        assertThat(node.takeSent()).isEmpty();
        grant(node, 1, 2, false);
        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);

        node.releaseDisk();
        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
    }

    /** §5.2: "If the leader's term is at least as large as the candidate's current term, then the candidate recognizes the leader as legitimate and returns to follower state." */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void candidateGivesWayToTheLeaderOfItsTerm(boolean heartbeat) {
        RaftHost node = candidate(3);

        node.step(2, heartbeat ? new HeartbeatRequest(1, 0, 1, 0) : append(1, EntryId.ZERO, 1));

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().leader()).isEqualTo(NodeId.of(2));
    }

    /** §5.2: "If the term in the RPC is smaller than the candidate's current term, then the candidate rejects the RPC and continues in candidate state." */
    @Test
    void candidateRefusesTheLeaderOfAnOlderTerm() {
        RaftHost node = candidate(3, 1, 1);

        node.step(2, new HeartbeatRequest(1, 0, 1, 0));

        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);
        assertThat(node.takeSent(HeartbeatResponse.class)).containsExactly(new HeartbeatResponse(2, 0));
    }

    /** §5.2: a refusing majority ends the campaign. */
    @Test
    void refusedCandidateFollows() {
        RaftHost node = candidate(3);

        node.step(2, new VoteResponse(1, false, false));
        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);
        node.step(3, new VoteResponse(1, false, false));

        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
        assertThat(node.raft().term()).isEqualTo(1);
    }

    /** §5.2: "each candidate will time out and start a new election" after a split vote. */
    @Test
    void splitVoteEndsInANewElection() {
        RaftHost node = candidate(3);

        node.advance(2 * ELECTION_TIMEOUT_MILLIS);
        assertThat(node.raft().role()).isEqualTo(RoleKind.PRE_CANDIDATE);
        grant(node, 2, 2, true);
        grant(node, 2, 2, false);

        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.raft().term()).isEqualTo(2);
    }

    /** Not in the paper: after a split vote nobody leads, so the next try need not wait a whole timeout. */
    @Test
    void lostElectionIsRepeatedSoon() {
        RaftHost node = candidate(3);
        node.step(2, new VoteResponse(1, false, false));
        node.step(3, new VoteResponse(1, false, false));
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);

        node.advance(ELECTION_TIMEOUT_MILLIS / 2 + RaftHost.HEARTBEAT_MILLIS);
        assertThat(node.raft().role()).isEqualTo(RoleKind.PRE_CANDIDATE);
    }

    /** A candidate that lost and then hears the winner gives it a full timeout, as any follower does. */
    @Test
    void winnerIsGivenAFullTimeoutByThoseWhoLost() {
        RaftHost node = candidate(3);
        node.step(2, new VoteResponse(1, false, false));
        node.step(3, new VoteResponse(1, false, false));
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));

        node.advance(ELECTION_TIMEOUT_MILLIS - 1);
        assertThat(node.raft().role()).isEqualTo(RoleKind.FOLLOWER);
    }

    /** §5.5: "Raft handles these failures by retrying indefinitely": lost vote requests are repeated. */
    @Test
    void unansweredVoteRequestsAreRepeated() {
        RaftHost node = candidate(5);
        grant(node, 1, 2, false);
        node.takeSent();

        node.advance(HEARTBEAT_MILLIS);

        VoteRequest request = new VoteRequest(1, false, EntryId.ZERO, false);
        assertThat(node.takeSent()).containsExactly(to(3, request), to(4, request), to(5, request));
    }

    /** §5.2: "Once a candidate wins an election, it becomes leader. It then sends heartbeat messages to all of the other servers." */
    @Test
    void newLeaderSendsHeartbeatsAtOnceAndThenPeriodically() {
        RaftHost node = candidate(3);
        node.takeSent();

        grant(node, 1, 2, false);
        assertThat(node.takeSent())
                .contains(to(2, new HeartbeatRequest(1, 0, 1, 0)), to(3, new HeartbeatRequest(1, 0, 1, 0)));

        node.advance(3 * HEARTBEAT_MILLIS);
        assertThat(node.takeSentTo(3, HeartbeatRequest.class))
                .extracting(HeartbeatRequest::round)
                .containsExactly(2L, 3L, 4L);
    }

    /** §5.3: "The leader appends the command to its log as a new entry, then issues AppendEntries RPCs in parallel." */
    @Test
    void leaderSendsProposalsToAllBeforeItsOwnDiskHasThem() {
        RaftHost node = establishedLeader(3);
        node.step(3, AppendResponse.accepted(1, 1));
        node.holdDisk();
        node.takeSent();

        EntryId id = node.propose("a");

        assertThat(id).isEqualTo(new EntryId(1, 2));
        assertThat(node.takeSent()).extracting(Envelope::to).containsExactly(NodeId.of(2), NodeId.of(3));
    }

    /** §5.3: "A log entry is committed once the leader that created the entry has replicated it on a majority of the servers." */
    @ParameterizedTest
    @CsvSource({"3, 1", "4, 2", "5, 2", "7, 3"})
    void entryCommitsOnAMajority(int voters, int acksNeeded) {
        RaftHost node = establishedLeader(voters);
        node.propose("a");

        for (int peer = 2; peer <= acksNeeded; peer++) {
            node.step(peer, AppendResponse.accepted(1, 2));
        }
        assertThat(node.raft().commitIndex()).isEqualTo(1);

        node.step(acksNeeded + 1, AppendResponse.accepted(1, 2));
        assertThat(node.raft().commitIndex()).isEqualTo(2);
        assertThat(node.applied).containsExactly("-", "a");
    }

    /** Thesis §10.2.1: "the leader may even commit an entry before it has been written to its own disk, if a majority of followers have." */
    @Test
    void leaderCountsItselfOnlyForWhatIsDurable() {
        RaftHost node = establishedLeader(3);
        node.holdDisk();
        node.propose("a");

        node.step(2, AppendResponse.accepted(1, 2));
        assertThat(node.raft().commitIndex()).isEqualTo(1);
        node.step(3, AppendResponse.accepted(1, 2));
        assertThat(node.raft().commitIndex()).isEqualTo(2);
        assertThat(node.applied).containsExactly("-");

        node.releaseDisk();
        assertThat(node.applied).containsExactly("-", "a");
    }

    /** §5.3: a commit "also commits all preceding entries in the leader's log, including entries created by previous leaders". */
    @Test
    void commitIncludesEntriesOfEarlierLeaders() {
        RaftHost node = leader(3, 1, 1, 2);

        node.step(2, AppendResponse.accepted(3, 4));

        assertThat(node.applied).containsExactly("1/1", "1/2", "2/3", "-");
    }

    /** Not in the paper: what all members hold is known to all, so that each may drop it from its log. */
    @Test
    void followerLearnsWhatAllMembersHoldAndNeverForgetsIt() {
        RaftHost node = RaftHost.first(3);
        node.step(2, new HeartbeatRequest(1, 0, 1, 7));
        node.step(2, new HeartbeatRequest(1, 0, 2, 5));
        assertThat(node.raft().heldByAllIndex()).isEqualTo(7);
    }

    /** §5.3: "it includes that index in future AppendEntries RPCs (including heartbeats) so that the other servers eventually find out." */
    @Test
    void commitIndexTravelsAtOnceWithoutDoublingMessages() {
        RaftHost node = establishedLeader(3);
        node.step(3, AppendResponse.accepted(1, 1));
        node.propose("a");
        node.takeSent();

        node.step(2, AppendResponse.accepted(1, 2));
        // Node 2 has everything: it is told. Node 3 is told when its answer comes.
        assertThat(node.takeSent()).containsExactly(to(2, new HeartbeatRequest(1, 2, 1, 1)));
        node.propose("b");
        assertThat(node.takeSentTo(3, AppendRequest.class))
                .extracting(AppendRequest::commitIndex)
                .containsExactly(2L);
    }

    /** §5.3: "Once a follower learns that a log entry is committed, it applies the entry to its local state machine (in log order)." */
    @Test
    void followerAppliesCommittedEntriesInOrder() {
        RaftHost node = RaftHost.first(3);

        node.step(2, new AppendRequest(1, EntryId.ZERO, RaftHost.log(1, 1, 1), 2));
        assertThat(node.applied).containsExactly("1/1", "1/2");
        node.step(2, new HeartbeatRequest(1, 3, 1, 0));
        assertThat(node.applied).containsExactly("1/1", "1/2", "1/3");
    }

    /** Figure 2: "set commitIndex = min(leaderCommit, index of last new entry)". */
    @Test
    void followerCommitsOnlyWhatTheAppendVerified() {
        RaftHost node = RaftHost.first(3, 1, 1, 1, 1);

        node.step(2, new AppendRequest(2, new EntryId(1, 1), List.of(), 4));

        assertThat(node.raft().commitIndex()).isEqualTo(1);
    }

    /** §5.3: "If the follower does not find an entry in its log with the same index and term, then it refuses the new entries." */
    @ParameterizedTest
    @CsvSource({
        // previous term and index; the hint: where the logs may still agree
        "2, 4, 2, 3", // beyond the end
        "3, 9, 2, 3",
        "3, 3, 2, 3", // another term there: nothing says that 2/3 differs too
        "1, 3, 1, 2", // the leader has term 1 there: no entry of term 2 can agree
    })
    void followerRefusesAppendsBehindWhatItLacks(long term, long index, long hintTerm, long hintIndex) {
        RaftHost node = RaftHost.first(3, 1, 1, 2);

        node.step(2, new AppendRequest(4, new EntryId(term, index), RaftHost.logFrom(index + 1, 4), 0));

        assertThat(messages(node)).containsExactly(AppendResponse.rejected(4, index, hintTerm, hintIndex));
        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(2, 3));
    }

    /** Figure 2: "If an existing entry conflicts with a new one, delete the existing entry and all that follow it." */
    @Test
    void followerCutsConflictingEntriesAndAllBehindThem() {
        RaftHost node = RaftHost.first(3, 1, 1, 1, 1);

        node.step(2, new AppendRequest(2, new EntryId(1, 1), RaftHost.logFrom(2, 2), 0));

        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(2, 2));
        assertThat(node.disk.last()).isEqualTo(new EntryId(2, 2));
    }

    /** §5.5: "Raft RPCs are idempotent": a request that includes entries already present ignores those. */
    @Test
    void repeatedAppendCutsNothing() {
        RaftHost node = RaftHost.first(3);
        node.step(2, new AppendRequest(1, EntryId.ZERO, RaftHost.log(1, 1, 1), 0));

        node.step(2, new AppendRequest(1, EntryId.ZERO, RaftHost.log(1), 0));
        node.step(2, new AppendRequest(1, new EntryId(1, 1), List.of(), 0));

        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(1, 3));
        assertThat(node.takeSent(AppendResponse.class))
                .extracting(AppendResponse::index)
                .containsExactly(3L, 1L, 1L);
    }

    /** Figure 2: an acceptance is a promise, so it waits for the disk; heartbeats are answered meanwhile. */
    @Test
    void acceptanceWaitsForTheDiskButHeartbeatAnswersDoNot() {
        RaftHost node = RaftHost.first(3, 1);
        node.step(2, new HeartbeatRequest(1, 0, 1, 0));
        node.takeSent();
        node.holdDisk();

        node.step(2, append(1, new EntryId(1, 1), 1));
        node.step(2, new HeartbeatRequest(1, 0, 2, 0));
        node.step(2, append(1, new EntryId(1, 1), 1)); // repeated: still not on the disk
        node.step(2, append(1, new EntryId(1, 7), 1));
        assertThat(messages(node)).containsExactly(new HeartbeatResponse(1, 2), AppendResponse.rejected(1, 7, 1, 2));

        node.releaseDisk();
        assertThat(messages(node)).containsExactly(AppendResponse.accepted(1, 2), AppendResponse.accepted(1, 2));
    }

    /** §5.3: "a leader never overwrites or deletes entries in its own log": a second leader of its term is fatal. */
    @Test
    void twoLeadersInOneTermAreFatal() {
        RaftHost leader = leader(3);
        assertThatThrownBy(() -> leader.step(2, append(1, EntryId.ZERO, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("both lead term 1");

        RaftHost follower = RaftHost.first(3, 1);
        follower.step(2, new HeartbeatRequest(1, 0, 1, 0));
        assertThatThrownBy(() -> follower.step(3, new HeartbeatRequest(1, 0, 1, 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("both lead term 1");
    }

    /** §5.4.3, state machine safety: what is committed is never cut, and never lost without a word. */
    @Test
    void contradictionOfCommittedEntriesIsFatal() {
        RaftHost node = RaftHost.first(3, 1, 1, 1);
        node.step(2, new AppendRequest(1, new EntryId(1, 2), List.of(), 2));

        assertThatThrownBy(() -> node.step(2, new AppendRequest(3, new EntryId(1, 1), RaftHost.logFrom(2, 2), 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("2/2")
                .hasMessageContaining("commit index 2");
        RaftHost other = RaftHost.first(3, 1, 1, 1);
        assertThatThrownBy(() -> other.step(2, new HeartbeatRequest(1, 4, 1, 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("commit index 4 is above the last index 3");
    }

    /** §5.3: "the leader decrements nextIndex and retries [...] Eventually nextIndex will reach a point where the logs match." */
    @Test
    void leaderBacksUpByTheHintAndResumesWhereLogsAgree() {
        RaftHost node = leader(3, 1, 1, 3, 3, 4);
        node.takeSent();

        // The follower has 1, 1, 2, 2, 2: refused at 5, it names the last entry that can agree with term 4 there.
        node.step(2, AppendResponse.rejected(5, 5, 2, 5));
        assertThat(node.takeSentTo(2, AppendRequest.class))
                .extracting(AppendRequest::previous)
                .containsExactly(new EntryId(1, 2));

        node.step(2, AppendResponse.accepted(5, 3));
        assertThat(node.takeSentTo(2, AppendRequest.class))
                .extracting(request -> request.last().index())
                .containsExactly(4L, 5L, 6L);
    }

    /** Thesis §10.2.1: appends are pipelined, in a bounded window of bounded requests. */
    @Test
    void windowBoundsTheAppendsUnderWay() {
        RaftHost node = establishedLeader(3);
        node.takeSent();
        for (String text : List.of("aa", "bb", "cc", "dd", "ee", "f", "g", "h")) {
            node.propose(text);
        }

        List<AppendRequest> first = node.takeSentTo(2, AppendRequest.class);
        assertThat(first)
                .hasSize(4)
                .allSatisfy(request -> assertThat(request.entries()).hasSize(1));

        node.step(2, AppendResponse.accepted(1, 3)); // answers two
        assertThat(node.takeSentTo(2, AppendRequest.class))
                .extracting(request -> request.entries().size())
                .containsExactly(1, 2);
    }

    /** §5.3: "The leader retries AppendEntries RPCs indefinitely until all followers eventually store all log entries." */
    @Test
    void lostAppendsAreFoundByHeartbeatsAndSentAgain() {
        RaftHost node = establishedLeader(3);
        for (String text : List.of("aa", "bb", "cc", "dd", "ee")) {
            node.propose(text);
        }
        node.advance(HEARTBEAT_MILLIS);
        node.takeSent(); // all of it is lost, and the window is full

        node.step(2, new HeartbeatResponse(1, 2));
        assertThat(node.takeSentTo(2, AppendRequest.class))
                .containsExactly(new AppendRequest(1, new EntryId(1, 5), List.of(), 1));
        node.step(2, AppendResponse.rejected(1, 5, 1, 1));
        assertThat(node.takeSentTo(2, AppendRequest.class))
                .extracting(AppendRequest::previous)
                .containsExactly(new EntryId(1, 1));
    }

    /** §7: a leader that has discarded the next entry cannot feed the follower from its log. */
    @Test
    void peerBehindTheLogIsReportedOnce() {
        RaftHost node = RaftHost.first(3, 1, 1, 1);
        node.step(2, new AppendRequest(1, new EntryId(1, 3), List.of(), 3));
        node.disk.purge(2);
        node.crash();
        node.restart();
        elect(node, 3, 2);

        node.step(2, AppendResponse.rejected(2, 3, 0, 0));
        node.advance(HEARTBEAT_MILLIS);
        node.step(2, new HeartbeatResponse(2, 2));
        assertThat(node.notices).containsOnlyOnce(new Notice.PeerBehindLog(NodeId.of(2), 1));
        // At the base itself the log still knows the term.
        node.step(3, AppendResponse.rejected(2, 3, 1, 2));
        assertThat(node.takeSentTo(3, AppendRequest.class))
                .extracting(AppendRequest::previous)
                .contains(new EntryId(1, 2));
        // The peer came by the entries in another way.
        node.step(2, AppendResponse.accepted(2, 2));
        assertThat(node.takeSentTo(2, AppendRequest.class))
                .extracting(request -> request.last().index())
                .containsExactly(3L, 4L);
    }

    /** §7: a follower that has discarded entries still judges appends behind, at and above the place where its log begins. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4})
    void followerWhoseLogBeginsLaterTakesWhatItDiscardedAsAgreed(long previous) {
        RaftHost node = RaftHost.first(3, 1, 1, 1, 1);
        node.step(2, new AppendRequest(1, new EntryId(1, 4), List.of(), 3));
        node.disk.purge(2);
        node.crash();
        node.restart();

        EntryId behind = previous == 0 ? EntryId.ZERO : new EntryId(1, previous);
        List<Entry> all = RaftHost.log(1, 1, 1, 1, 1);
        node.step(2, new AppendRequest(1, behind, all.subList((int) previous, 5), 5));

        assertThat(messages(node)).containsExactly(AppendResponse.accepted(1, 5));
        assertThat(node.disk.base()).isEqualTo(new EntryId(1, 2));
        assertThat(node.applied).containsExactly("1/3", "1/4", "1/5");
    }

    /** §5.4.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate." */
    @Test
    void voteGoesToLogsAtLeastAsUpToDate() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 500; i++) {
            int[] terms = random.ints(random.nextInt(6), 1, 4).sorted().toArray();
            long lastTerm = terms.length == 0 ? 0 : terms[terms.length - 1];
            EntryId candidates =
                    random.nextInt(8) == 0 ? EntryId.ZERO : new EntryId(1 + random.nextInt(3), 1 + random.nextInt(6));
            RaftHost node = RaftHost.first(3, terms);
            node.advance(ELECTION_TIMEOUT_MILLIS);

            node.step(2, new VoteRequest(9, false, candidates, false));

            boolean newer = candidates.term() > lastTerm
                    || (candidates.term() == lastTerm && candidates.index() >= terms.length);
            assertThat(node.takeSent(VoteResponse.class)).containsExactly(new VoteResponse(9, false, newer));
        }
    }

    /** §5.4.2: "Raft never commits log entries from previous terms by counting replicas." */
    @Test
    void entriesOfOlderTermsAreNotCommittedByCounting() {
        RaftHost node = leader(3, 1, 2);

        node.step(2, AppendResponse.accepted(3, 2));
        assertThat(node.raft().commitIndex()).isZero();

        node.step(2, AppendResponse.accepted(3, 3));
        assertThat(node.raft().commitIndex()).isEqualTo(3);
    }

    /** Answers of other terms count for nothing (raft-wide rule of §5.1, applied to acknowledgements). */
    @Test
    void acknowledgementsOfOlderTermsAreIgnored() {
        RaftHost node = leader(3, 1, 2);

        node.step(2, AppendResponse.accepted(2, 3));
        node.step(2, new HeartbeatResponse(2, 1));

        assertThat(node.raft().commitIndex()).isZero();
        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MIN_VALUE);
        assertThat(node.raft().heldByAllIndex()).isZero();
    }

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

    /** Thesis §9.6: pre-vote: "a candidate only increments its term if it first learns from a majority that they would be willing." */
    @Test
    void preVoteChangesNothingAnywhere() {
        RaftHost asking = preCandidate(3, 1);
        assertThat(asking.saved()).isEqualTo(new HardState(1, null));
        assertThat(asking.takeSent()).contains(to(2, new VoteRequest(2, true, new EntryId(1, 1), false)));

        RaftHost asked = RaftHost.first(3, 1);
        asked.advance(ELECTION_TIMEOUT_MILLIS);
        long due = asked.raft().nextDueNanos();
        asked.step(2, new VoteRequest(2, true, new EntryId(1, 1), false));
        asked.step(3, new VoteRequest(2, true, new EntryId(1, 1), false));
        assertThat(asked.takeSent(VoteResponse.class))
                .containsExactly(new VoteResponse(2, true, true), new VoteResponse(2, true, true));
        assertThat(asked.saved()).isEqualTo(new HardState(1, null));
        assertThat(asked.raft().nextDueNanos()).isEqualTo(due);
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

    /** Thesis §9.6: a grant of a pre-vote is no vote. */
    @Test
    void preVotesAndVotesAreNotMixed() {
        RaftHost node = candidate(5);

        grant(node, 1, 2, true);
        grant(node, 1, 3, true);
        grant(node, 1, 4, true);

        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);
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

    /** §8: a leader "commits a blank no-op entry into the log at the start of its term". */
    @Test
    void leaderOpensItsTermWithAnEmptyEntry() {
        RaftHost node = leader(3, 1);

        assertThat(node.disk.read(2, 3, 1)).containsExactly(new Entry(2, 2, 0, EntryKind.EMPTY, new byte[0]));
        node.step(3, AppendResponse.accepted(2, 2));
        assertThat(node.notices).endsWith(new Notice.LeaderEstablished(2, 2));
    }

    /** §8: before that entry commits, the leader does not know which entries are committed: reads wait. */
    @Test
    void readsWaitForAnEntryOfTheTerm() {
        RaftHost node = leader(3, 1);
        node.read(5);
        node.step(2, new HeartbeatResponse(2, 1));
        node.advance(HEARTBEAT_MILLIS);
        node.step(2, new HeartbeatResponse(2, 2));
        assertThat(node.reads).isEmpty();

        node.step(2, AppendResponse.accepted(2, 2));
        node.step(2, new HeartbeatResponse(2, 3));
        assertThat(node.reads).containsExactly(new ConfirmedRead(5, 2));
    }

    /** §8: a leader has "exchange[d] heartbeat messages with a majority of the cluster before responding to read-only requests". */
    @Test
    void readWaitsForAQuorumOfARoundBegunAfterIt() {
        RaftHost node = establishedLeader(5);
        node.read(1);
        node.read(2); // waits for the next round
        node.step(2, new HeartbeatResponse(1, 1)); // of the round before
        node.step(3, new HeartbeatResponse(1, 1));
        assertThat(node.reads).isEmpty();

        node.step(2, new HeartbeatResponse(1, 2));
        assertThat(node.reads).isEmpty();
        node.takeSent();
        node.step(3, new HeartbeatResponse(1, 2));
        assertThat(node.reads).containsExactly(new ConfirmedRead(1, 1));
        assertThat(node.takeSentTo(4, HeartbeatRequest.class))
                .extracting(HeartbeatRequest::round)
                .containsExactly(3L);

        node.step(4, new HeartbeatResponse(1, 3));
        node.step(5, new HeartbeatResponse(1, 3));
        assertThat(node.reads).containsExactly(new ConfirmedRead(1, 1), new ConfirmedRead(2, 1));
    }

    /** §8: a deposed leader answers no read. */
    @Test
    void pendingReadsFailOnceWhenTheLeaderStepsDown() {
        RaftHost node = establishedLeader(3);
        node.read(1);
        node.read(2);

        node.step(2, new HeartbeatRequest(4, 0, 1, 0));
        node.advance(500);

        assertThat(node.reads).isEmpty();
        assertThat(node.failedReads).containsExactly(1L, 2L);
        assertThat(node.read(3)).isFalse();
    }

    /** §8: the only voter needs nobody's word. */
    @Test
    void onlyVoterReadsAtOnce() {
        RaftHost node = RaftHost.first(1);
        node.advance(10);

        node.read(1);

        assertThat(node.reads).containsExactly(new ConfirmedRead(1, 1));
        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MAX_VALUE);
    }

    /** Thesis §6.4.1: the lease runs "from the time the leader sent the heartbeats", less the clock drift. */
    @Test
    void leaseCountsFromTheSendingOfItsRound() {
        RaftHost node = establishedLeader(3);
        node.advance(HEARTBEAT_MILLIS);
        long sent = node.nowNanos();
        node.advance(50);

        node.step(2, new HeartbeatResponse(1, 2));

        assertThat(node.raft().leaseUntilNanos()).isEqualTo(sent + 900 * MILLI);
    }

    /** Thesis §6.4.1: no lease before the term has a committed entry, none after leadership. */
    @Test
    void leaseNeedsACommittedEntryOfTheTerm() {
        RaftHost node = leader(3);
        node.step(2, new HeartbeatResponse(1, 1));
        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MIN_VALUE);

        node.step(2, AppendResponse.accepted(1, 1));
        assertThat(node.raft().leaseUntilNanos()).isGreaterThan(node.nowNanos());

        node.step(2, new HeartbeatResponse(2, 1));
        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MIN_VALUE);
    }

    /** Thesis §6.4.1: "a leader should expire its lease before transferring leadership". */
    @Test
    void transferEndsTheLease() {
        RaftHost node = establishedLeader(3);
        node.step(2, new HeartbeatResponse(1, 1));
        assertThat(node.raft().leaseUntilNanos()).isGreaterThan(node.nowNanos());

        node.transfer(NodeId.of(3));

        assertThat(node.raft().leaseUntilNanos()).isEqualTo(Long.MIN_VALUE);
    }

    /** Cluster time goes on from the last stamp in the log, by the leader's own clock, and never back. */
    @Test
    void clusterTimeContinuesFromTheLog() {
        RaftHost node = RaftHost.first(3);
        Entry stamped = new Entry(1, 1, 5000, EntryKind.EMPTY, new byte[0]);
        node.step(2, new AppendRequest(1, EntryId.ZERO, List.of(stamped), 0));
        node.advance(700);
        assertThat(node.raft().clusterTimeMillis()).isEqualTo(5000);
        elect(node, 3, 2);

        node.advance(70);
        assertThat(node.raft().clusterTimeMillis()).isEqualTo(5070);
        node.propose("a");
        assertThat(node.raft().lastClusterTimeMillis()).isEqualTo(5070);

        node.crash();
        node.restart();
        assertThat(node.raft().clusterTimeMillis()).isEqualTo(5070);
    }

    /** A report on an overwritten entry says nothing of what replaced it, not even when the same entry came back. */
    @Test
    void reportOfAnOverwrittenEntryIsIgnored() {
        RaftHost node = RaftHost.first(3, 1);
        node.holdDisk();
        node.step(2, append(1, new EntryId(1, 1), 1));
        node.step(3, append(2, new EntryId(1, 1), 2));
        node.step(2, append(3, new EntryId(1, 1), 1));
        assertThat(node.raft().lastEntry()).isEqualTo(new EntryId(1, 2));

        node.syncOne();
        assertThat(node.disk.last()).isEqualTo(new EntryId(1, 2));
        assertThat(node.raft().durable()).isEqualTo(new EntryId(1, 1)); // 2/2 may still overwrite it
        node.syncOne();
        assertThat(node.raft().durable()).isEqualTo(new EntryId(1, 1));
        node.syncOne();
        assertThat(node.raft().durable()).isEqualTo(new EntryId(1, 2));
    }

    /** What is handed out for apply stays bounded until it is applied. */
    @Test
    void applyIsBounded() {
        RaftHost node = RaftHost.first(1);
        node.advance(10);
        node.holdApply();

        for (int i = 10; i < 30; i++) {
            node.propose(Integer.toString(i));
        }
        assertThat(node.unapplied()).hasSize(8); // 16 bytes
        for (int i = 0; i < 3; i++) {
            node.applyHeldEntries();
        }

        assertThat(node.applied).hasSize(21).startsWith("-", "10", "11").endsWith("28", "29");
        assertThat(node.raft().lastApplied()).isEqualTo(21);
    }

    /** A node whose parts do not belong together does not start. */
    @Test
    void inconsistentStartIsRefused() {
        DiskLog log = new DiskLog();
        log.append(RaftHost.log(1, 2, 2));
        log.purge(1);

        assertThatThrownBy(() -> start(new HardState(2, null), log, 4)).hasMessageContaining("applied 4");
        assertThatThrownBy(() -> start(new HardState(2, null), log, 0)).hasMessageContaining("applied 0");
        assertThatThrownBy(() -> start(new HardState(1, null), log, 2)).hasMessageContaining("the term was lost");
        assertThat(start(new HardState(2, null), log, 3).commitIndex()).isEqualTo(3);
    }

    private static Raft start(HardState state, DiskLog log, long appliedIndex) {
        return new Raft(
                RaftHost.CONFIG,
                SELF,
                RaftHost.voters(3),
                state,
                log,
                appliedIndex,
                0,
                new SplittableRandom(1),
                EnumSet.allOf(SafetyRule.class));
    }

    private static RaftHost preCandidate(int voters, int... logTerms) {
        RaftHost node = RaftHost.first(voters, logTerms);
        node.campaign();
        return node;
    }

    private static RaftHost candidate(int voters, int... logTerms) {
        RaftHost node = preCandidate(voters, logTerms);
        long term = node.raft().term() + 1;
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            grant(node, term, voter, true);
        }
        node.takeSent();
        return node;
    }

    private static RaftHost leader(int voters, int... logTerms) {
        RaftHost node = candidate(voters, logTerms);
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            grant(node, node.raft().term(), voter, false);
        }
        return node;
    }

    /** A leader of term 1 whose first entry is committed; the first followers have it. */
    private static RaftHost establishedLeader(int voters) {
        RaftHost node = leader(voters);
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            node.step(voter, AppendResponse.accepted(1, 1));
        }
        node.takeSent();
        return node;
    }

    private static void elect(RaftHost node, int voters, long term) {
        node.campaign();
        for (int voter = 2; voter <= voters / 2 + 1; voter++) {
            grant(node, term, voter, true);
            grant(node, term, voter, false);
        }
        assertThat(node.raft().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.raft().term()).isEqualTo(term);
    }

    private static void grant(RaftHost node, long term, int voter, boolean preVote) {
        node.step(voter, new VoteResponse(term, preVote, true));
    }

    private static AppendRequest append(long term, EntryId previous, int... terms) {
        return new AppendRequest(term, previous, RaftHost.logFrom(previous.index() + 1, terms), 0);
    }

    private static Envelope to(int node, RaftMessage message) {
        return new Envelope(NodeId.of(node), message);
    }

    private static List<RaftMessage> messages(RaftHost node) {
        return node.takeSent().stream().map(Envelope::message).toList();
    }
}
