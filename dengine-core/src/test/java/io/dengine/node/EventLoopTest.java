package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.FatalException;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.client.embedded.EmbeddedClient;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.memory.MemoryTableStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A node of real parts, stepped by hand. */
class EventLoopTest {

    private static SteppedNode single() {
        SteppedNode single = new SteppedNode(DEngineConfig.embedded(Path.of("unused")), new DurableTables());
        single.pass(Duration.ofMillis(20));
        assertThat(single.node.leader().self()).isTrue();
        return single;
    }

    private static long stamps(SteppedNode node) {
        long last = node.log.last().index();
        return node.log.read(node.log.base().index() + 1, last + 1, Long.MAX_VALUE).stream()
                .filter(entry -> entry.kind() == EntryKind.EMPTY)
                .count();
    }

    @Test
    void anExpiryThatWaitsForTheQuorumIsProposedOnceAndLetsTheLoopSleep() {
        SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());
        one.lead();
        CompletableFuture<CommandResult> put = one.put("k", 300);
        one.acknowledge(2);
        assertThat(put).isCompleted();
        one.pass(Duration.ofMillis(290), 2);
        assertThat(stamps(one)).isZero();
        one.pass(Duration.ofMillis(40));
        assertThat(stamps(one)).isEqualTo(1);
        assertThat(one.isRestless()).isFalse();
        one.pass(Duration.ofMillis(100));
        assertThat(stamps(one)).isEqualTo(1);
        one.acknowledge(2);
        assertThat(one.state.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
        one.pass(Duration.ofMillis(500), 2);
        assertThat(stamps(one)).isEqualTo(1);
    }

    @Test
    void moreKeysThanOneEntryExpiresGoOneEntryAfterTheOther() {
        SteppedNode single = single();
        List<CompletableFuture<CommandResult>> puts = new ArrayList<>();
        for (int i = 0; i < 20_001; i++) {
            byte[] put = CommandCodec.encode(new Command.Put(ByteSequence.of("k" + i), ByteSequence.EMPTY, 50));
            puts.add(single.node.propose(put));
            if (i % 5_000 == 0) {
                single.step();
            }
        }
        single.step();
        assertThat(puts).allMatch(CompletableFuture::isDone);
        assertThat(single.state.applied().revision()).isEqualTo(20_002);
        single.pass(Duration.ofMillis(60));
        assertThat(single.state.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(stamps(single)).isEqualTo(3);
    }

    @Test
    void aWriteThatArrivesWhileTheLoopStandsStillIsNotStampedBeforeItsCall() {
        SteppedNode single = single();
        assertThat(single.put("before", 0)).isCompleted();
        long stamp = lastStamp(single);
        single.afterNextClockRead = () -> {
            single.advance(Duration.ofMillis(5));
            byte[] put = CommandCodec.encode(new Command.Put(ByteSequence.of("k"), ByteSequence.EMPTY, 50));
            assertThat(single.node.propose(put)).isNotCompleted();
        };
        single.step();
        assertThat(lastStamp(single)).isEqualTo(stamp + 5);
    }

    private static long lastStamp(SteppedNode node) {
        long last = node.log.last().index();
        return node.log.read(last, last + 1, 1).get(0).clusterTimeMillis();
    }

    @Test
    void aWriteThatSlipsInWhileTheNodeClosesIsAnswered() {
        SteppedNode single = single();
        // The clock is read between the look whether the node is open and the post.
        single.atNextClockRead = single::close;
        assertThat(single.put("k", 0)).isCompletedExceptionally();
    }

    @Test
    void aReadThatSlipsInWhileTheNodeClosesIsAnswered() {
        SteppedNode single = single();
        single.atNextClockRead = single::close;
        assertThat(single.node.readBarrier(Duration.ofSeconds(1))).isCompletedExceptionally();
    }

    @Test
    void aClosedNodeLeadsNoMoreAndSaysSo() {
        SteppedNode single = single();
        List<LeaderChange> told = new ArrayList<>();
        single.node.addLeaderListener(told::add);
        single.close();
        assertThat(told).containsExactly(new LeaderChange(1, NodeId.of(1), true), new LeaderChange(1, null, false));
        assertThat(single.node.leader().self()).isFalse();
        assertThat(single.node.leaderId()).isNull();
        assertThat(single.log.closed).isTrue();
    }

    @Test
    void filesStayOpenAndKnownAsSuchWhereAThreadDoesNotStop() {
        SteppedNode single = single();
        single.agentsStop = false;
        single.close();
        assertThat(single.log.closed).isFalse();
        assertThat(single.node.hasThreadLeft()).isTrue();
    }

    @Test
    void aStateThatCannotBeReadFailsTheReadAndEndsTheNode() {
        DurableTables tables = new DurableTables();
        SteppedNode single = new SteppedNode(DEngineConfig.embedded(Path.of("unused")), tables);
        single.pass(Duration.ofMillis(20));
        EmbeddedClient client = new EmbeddedClient(single.node);
        CompletableFuture<?> read = client.get(ByteSequence.of("k"), ReadConsistency.LINEARIZABLE);
        tables.failReads = true;
        single.step();
        assertThat(read).isCompletedExceptionally();
        assertThatThrownBy(read::join).hasCauseInstanceOf(FatalException.class);
        single.step();
        assertThat(single.node.status().health()).isEqualTo(NodeHealth.FAILED);
        assertThatThrownBy(() -> client.blocking().get(ByteSequence.of("k"), ReadConsistency.LOCAL))
                .isInstanceOf(RefusedException.class);
    }

    @Test
    void aLeaseReadIsServedUntilTheLeaseEndsAndNotAfter() {
        SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());
        one.lead();
        one.pass(Duration.ofMillis(300), 2);
        assertThat(one.node.holdsReadLease()).isTrue();
        one.pass(Duration.ofMillis(780));
        assertThat(one.node.holdsReadLease()).isTrue();
        one.pass(Duration.ofMillis(130));
        assertThat(one.node.holdsReadLease()).isFalse();
    }

    @Test
    void aBrokenNodeHasNoLease() {
        SteppedNode single = single();
        assertThat(single.node.holdsReadLease()).isTrue();
        single.node.fail("disk", new IllegalStateException("gone"));
        single.step();
        assertThat(single.node.holdsReadLease()).isFalse();
    }
}
