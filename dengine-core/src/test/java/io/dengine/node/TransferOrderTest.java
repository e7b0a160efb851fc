package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.transport.ClusterOrder;
import io.dengine.transport.PeerMessage.Consensus;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a leader of three answers to the order to hand leadership over to node 2. */
class TransferOrderTest {

    private final SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());

    @AfterEach
    void close() {
        one.close();
    }

    private CompletableFuture<Void> transferToTwo() {
        CompletableFuture<Void> answer = one.node.order(new ClusterOrder.Transfer(NodeId.of(2)));
        one.step();
        return answer;
    }

    @Test
    void doneIsWhenTheTargetLeads() {
        one.lead();
        CompletableFuture<Void> answer = transferToTwo();
        one.peers.say(2, new HeartbeatRequest(2, 0, 1, 0));
        one.step();
        assertThat(answer).isCompleted();
    }

    @Test
    void anotherNodeThatTookOverIsARefusal() {
        one.lead();
        CompletableFuture<Void> answer = transferToTwo();
        one.peers.say(3, new HeartbeatRequest(2, 0, 1, 0));
        one.step();
        assertThat(answer).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(RefusedException.class);
    }

    @Test
    void aTargetThatWasNeverAskedIsARefusal() {
        one.lead();
        one.acknowledge(3);
        CompletableFuture<?> behind = one.put("behind", 0);
        one.acknowledge(3);
        CompletableFuture<Void> answer = transferToTwo();
        one.pass(Duration.ofSeconds(2), 3);
        assertThat(behind).isDone();
        assertThat(one.peers.take(Consensus.class)).noneMatch(sent -> sent.message() instanceof TimeoutNow);
        assertThat(answer).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(RefusedException.class);
    }

    @Test
    void aTargetThatWasAskedMayStillTakeOver() {
        one.lead();
        CompletableFuture<Void> answer = transferToTwo();
        one.pass(Duration.ofSeconds(2), 3);
        assertThat(one.peers.take(Consensus.class)).anyMatch(sent -> sent.message() instanceof TimeoutNow);
        assertThat(answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(IndeterminateException.class);
    }
}
