package io.dengine.raft;

import static io.dengine.raft.OneNode.append;
import static io.dengine.raft.OneNode.elect;
import static io.dengine.raft.OneNode.establishedLeader;
import static io.dengine.raft.OneNode.leader;
import static io.dengine.raft.OneNode.messages;
import static io.dengine.raft.OneNode.to;
import static io.dengine.raft.RaftHost.HEARTBEAT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The sections on replication (5.3, 5.5) and on logs that begin later (7). One test per rule of the Raft paper (extended version; § is its section) and of
 * Ongaro's thesis. Node 1 is real; the test speaks for the others.
 */
class PaperReplicationTest {

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
}
