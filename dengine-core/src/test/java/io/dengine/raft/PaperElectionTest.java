package io.dengine.raft;

import static io.dengine.raft.OneNode.SELF;
import static io.dengine.raft.OneNode.append;
import static io.dengine.raft.OneNode.candidate;
import static io.dengine.raft.OneNode.grant;
import static io.dengine.raft.OneNode.leader;
import static io.dengine.raft.OneNode.messages;
import static io.dengine.raft.OneNode.preCandidate;
import static io.dengine.raft.OneNode.to;
import static io.dengine.raft.RaftHost.ELECTION_TIMEOUT_MILLIS;
import static io.dengine.raft.RaftHost.HEARTBEAT_MILLIS;
import static io.dengine.raft.RaftHost.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The sections on terms and elections (5.1, 5.2, figure 2), and pre-vote. One test per rule of the Raft paper (extended version; § is its section) and of
 * Ongaro's thesis. Node 1 is real; the test speaks for the others.
 */
class PaperElectionTest {

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
        assertThat(timeouts(raft -> {}))
                .hasSizeGreaterThan(95)
                .allSatisfy(timeout -> assertThat(timeout)
                        .isBetween(ELECTION_TIMEOUT_MILLIS * MILLI, 2 * ELECTION_TIMEOUT_MILLIS * MILLI - 1));
    }

    /** Returns when a node of three campaigns that has gone through {@code past}, by 100 seeds. */
    private static Set<Long> timeouts(Consumer<Raft> past) {
        Set<Long> timeouts = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            Raft raft = new Raft(
                    RaftHost.CONFIG,
                    Self.founder(SELF),
                    RaftHost.voters(3),
                    HardState.INITIAL,
                    new DiskLog(),
                    0,
                    0,
                    new SplittableRandom(seed));
            past.accept(raft);
            timeouts.add(raft.nextDueNanos());
        }
        return timeouts;
    }

    /**
     * Not in the paper: a leader whose process has ended is not coming back within some heartbeats. The promise that leases rest
     * on holds all the same, wherever the end comes in a turn.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theEndOfTheLeadersConnectionLeavesAFullTimeoutAndAShortDraw(boolean inTheTurnOfItsLastMessage) {
        Set<Long> timeouts = timeouts(raft -> {
            raft.step(NodeId.of(2), new HeartbeatRequest(1, 0, 1, 0));
            if (!inTheTurnOfItsLastMessage) {
                raft.tick(HEARTBEAT_MILLIS * MILLI);
            }
            raft.onDisconnected(NodeId.of(2));
            raft.tick(HEARTBEAT_MILLIS * MILLI);
        });

        long promised = (HEARTBEAT_MILLIS + ELECTION_TIMEOUT_MILLIS) * MILLI;
        assertThat(timeouts)
                .hasSizeGreaterThan(95)
                .allSatisfy(timeout ->
                        assertThat(timeout).isBetween(promised, promised + ELECTION_TIMEOUT_MILLIS / 4 * MILLI - 1));
    }

    @Test
    void theEndOfAnotherConnectionOrALeaderThatIsBackLeaveTheDrawAsItIs() {
        Set<Long> ofAnother = timeouts(raft -> {
            raft.step(NodeId.of(2), new HeartbeatRequest(1, 0, 1, 0));
            raft.tick(0);
            raft.onDisconnected(NodeId.of(3));
        });
        Set<Long> back = timeouts(raft -> {
            raft.step(NodeId.of(2), new HeartbeatRequest(1, 0, 1, 0));
            raft.tick(0);
            raft.onDisconnected(NodeId.of(2));
            raft.step(NodeId.of(2), new HeartbeatRequest(1, 0, 2, 0));
            raft.tick(0);
        });

        long middle = ELECTION_TIMEOUT_MILLIS * MILLI * 3 / 2;
        assertThat(ofAnother).anyMatch(timeout -> timeout > middle);
        assertThat(back).anyMatch(timeout -> timeout > middle);
    }

    /**
     * Not of the paper, whose servers never lose their data: a storage that came later than the cluster votes only once its log takes it
     * in. A vote may have been given under its id before.
     */
    @Test
    void aStorageThatIsToJoinVotesOnlyOnceItIsTakenIn() {
        UUID storage = new UUID(1, 1);
        Self newcomer = new Self(SELF, storage, false);

        assertThat(isGrantedBy(newcomer, Membership.NONE)).isFalse();
        assertThat(isGrantedBy(newcomer, RaftHost.voters(2))).isFalse();
        assertThat(isGrantedBy(newcomer, voterTwoAndLearnerOne(new UUID(2, 2)))).isFalse();
        assertThat(isGrantedBy(newcomer, voterTwoAndLearnerOne(storage))).isTrue();
        assertThat(isGrantedBy(new Self(SELF, storage, true), RaftHost.voters(2)))
                .isTrue();
    }

    private static Membership voterTwoAndLearnerOne(UUID storage) {
        NodeId two = NodeId.of(2);
        SortedMap<NodeId, Member> details =
                new TreeMap<>(Map.of(SELF, Member.of(SELF, "", storage), two, Member.of(two, "", new UUID(3, 3))));
        return new Membership(Set.of(two), Set.of(), Set.of(SELF), Set.of(), details);
    }

    /** Returns whether node 1 gives node 2 its pre-vote, and its vote. */
    private static boolean isGrantedBy(Self self, Membership membership) {
        Raft raft = new Raft(
                RaftHost.CONFIG, self, membership, HardState.INITIAL, new DiskLog(), 0, 0, new SplittableRandom(1));
        raft.step(NodeId.of(2), new VoteRequest(1, true, EntryId.ZERO, false));
        raft.step(NodeId.of(2), new VoteRequest(1, false, EntryId.ZERO, false));
        Ready ready = raft.takeReady();
        List<Boolean> granted = Stream.concat(ready.sendNow().stream(), ready.sendAfterAppend().stream())
                .map(envelope -> ((VoteResponse) envelope.message()).granted())
                .distinct()
                .toList();
        assertThat(granted).hasSize(1);
        return granted.get(0);
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

    /** Thesis §9.6: a grant of a pre-vote is no vote. */
    @Test
    void preVotesAndVotesAreNotMixed() {
        RaftHost node = candidate(5);

        grant(node, 1, 2, true);
        grant(node, 1, 3, true);
        grant(node, 1, 4, true);

        assertThat(node.raft().role()).isEqualTo(RoleKind.CANDIDATE);
    }
}
