package io.dengine.raft;

import static io.dengine.raft.OneNode.SELF;
import static io.dengine.raft.OneNode.append;
import static io.dengine.raft.OneNode.leader;
import static io.dengine.raft.RaftHost.ELECTION_TIMEOUT_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The section on safety (5.4), and what a node does when an invariant is broken. One test per rule of the Raft paper (extended version; § is its section) and of
 * Ongaro's thesis. Node 1 is real; the test speaks for the others.
 */
class PaperSafetyTest {

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
                Self.founder(SELF),
                RaftHost.voters(3),
                state,
                log,
                appliedIndex,
                0,
                new SplittableRandom(1),
                EnumSet.allOf(SafetyRule.class));
    }
}
