package io.dengine.raft;

import static io.dengine.raft.OneNode.elect;
import static io.dengine.raft.OneNode.establishedLeader;
import static io.dengine.raft.OneNode.leader;
import static io.dengine.raft.RaftHost.HEARTBEAT_MILLIS;
import static io.dengine.raft.RaftHost.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.Ready.ConfirmedRead;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The section on clients (8): reads by confirmed rounds and by lease, and cluster time. One test per rule of the Raft paper (extended version; § is its section) and of
 * Ongaro's thesis. Node 1 is real; the test speaks for the others.
 */
class PaperReadTest {

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
}
