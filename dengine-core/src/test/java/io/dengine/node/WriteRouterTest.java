package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import io.dengine.api.ByteSequence;
import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.transport.PeerMessage.Outcome;
import io.dengine.transport.PeerMessage.ProposeRequest;
import io.dengine.transport.PeerMessage.ProposeResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The ways of a write from the node it was given to, seen from that node. */
class WriteRouterTest {

    private static final ByteSequence COMMAND =
            ByteSequence.wrap(CommandCodec.encode(new Command.Delete(ByteSequence.of("x"))));

    private final SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());

    private long sentRequest() {
        List<ProposeRequest> requests = one.peers.take(ProposeRequest.class);
        assertThat(requests).hasSize(1);
        return requests.get(0).requestId();
    }

    private void answer(int from, long requestId, Outcome outcome) {
        @Nullable CommandResult result = outcome == Outcome.APPLIED ? new CommandResult(7, true, null) : null;
        one.peers.say(from, new ProposeResponse(requestId, outcome, result, ""));
        one.step();
    }

    private static void assertRefused(CompletableFuture<?> write, Reason reason) {
        assertThat(catchThrowable(() -> write.getNow(null)).getCause())
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private static void assertFailed(CompletableFuture<?> write, Class<? extends Throwable> failure) {
        assertThat(write).isCompletedExceptionally();
        assertThat(catchThrowable(() -> write.getNow(null)).getCause()).isInstanceOf(failure);
    }

    @Test
    void aFollowerSendsAWriteToItsLeaderOnceAndPassesTheAnswerOn() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> write = one.put("k", 0);
        long id = sentRequest();
        one.follow(2, 1);
        assertThat(one.peers.take(ProposeRequest.class)).isEmpty();
        answer(2, id, Outcome.APPLIED);
        assertThat(write).isCompletedWithValue(new CommandResult(7, true, null));
        assertThat(one.node.status().pendingProposals()).isZero();
    }

    @Test
    void aLeaderThatDeniesAWriteIsNotAskedAgainAtOnce() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> write = one.put("k", 0);
        answer(2, sentRequest(), Outcome.NOT_LEADER);
        assertThat(one.peers.take(ProposeRequest.class)).isEmpty();
        CompletableFuture<CommandResult> other = one.put("other", 0);
        assertThat(one.peers.take(ProposeRequest.class)).isEmpty();
        one.pass(Duration.ofMillis(200));
        assertThat(one.peers.take(ProposeRequest.class)).hasSize(2);
        assertThat(write).isNotDone();
        assertThat(other).isNotDone();
    }

    @Test
    void aDeniedWriteGoesToTheNextLeaderAtOnce() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> write = one.put("k", 0);
        answer(2, sentRequest(), Outcome.NOT_LEADER);
        one.follow(3, 2);
        answer(3, sentRequest(), Outcome.APPLIED);
        assertThat(write).isCompleted();
    }

    @Test
    void aDeniedWriteKeepsItsOwnDeadlineBehindYoungerOnes() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> old = one.put("old", 0);
        long id = sentRequest();
        one.pass(Duration.ofSeconds(4));
        one.peers.connected = false;
        CompletableFuture<CommandResult> young = one.put("young", 0);
        answer(2, id, Outcome.NOT_LEADER);
        one.pass(Duration.ofMillis(1100));
        assertRefused(old, Reason.NO_LEADER);
        assertThat(young).isNotDone();
    }

    @Test
    void aResentWriteKeepsItsOwnDeadlineBehindYoungerOnes() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> old = one.put("old", 0);
        long id = sentRequest();
        one.pass(Duration.ofSeconds(4));
        one.follow(2, 2);
        CompletableFuture<CommandResult> young = one.put("young", 0);
        answer(2, id, Outcome.NOT_LEADER);
        one.pass(Duration.ofMillis(1100));
        assertFailed(old, IndeterminateException.class);
        assertThat(young).isNotDone();
    }

    @Test
    void withoutALeaderAWriteIsRefusedWhenItsTimeIsUp() {
        CompletableFuture<CommandResult> write = one.put("k", 0);
        one.pass(Duration.ofMillis(5100));
        assertRefused(write, Reason.NO_LEADER);
        assertThat(one.peers.take(ProposeRequest.class)).isEmpty();
        assertThat(one.node.status().pendingProposals()).isZero();
    }

    @Test
    void aBrokenConnectionLeavesWhatWasSentIndeterminateAndWhatWasNotWaiting() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> sent = one.put("sent", 0);
        one.peers.connected = false;
        CompletableFuture<CommandResult> unsent = one.put("unsent", 0);
        one.peers.disconnect(2);
        one.step();
        assertFailed(sent, IndeterminateException.class);
        assertThat(unsent).isNotDone();
        one.peers.take(ProposeRequest.class);
        one.peers.connected = true;
        one.follow(2, 1);
        assertThat(one.peers.take(ProposeRequest.class)).hasSize(1);
    }

    @Test
    void anAnswerAfterTheGivingUpChangesNothing() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> write = one.put("k", 0);
        long id = sentRequest();
        one.peers.disconnect(2);
        answer(2, id, Outcome.NOT_LEADER);
        one.pass(Duration.ofMillis(300));
        assertFailed(write, IndeterminateException.class);
        assertThat(one.peers.take(ProposeRequest.class)).isEmpty();
    }

    @Test
    void aDeposedLeaderCallsItsProposalsIndeterminateAlsoThoseOfPeers() {
        one.lead();
        CompletableFuture<CommandResult> own = one.put("own", 0);
        one.peers.say(3, new ProposeRequest(99, COMMAND));
        one.step();
        one.follow(2, 2);
        assertFailed(own, IndeterminateException.class);
        assertThat(one.peers.take(ProposeResponse.class))
                .extracting(ProposeResponse::requestId, ProposeResponse::outcome)
                .containsExactly(tuple(99L, Outcome.INDETERMINATE));
    }

    @Test
    void aDeposedLeaderStillAnswersWhatIsCommitted() {
        one.lead();
        CompletableFuture<CommandResult> committed = one.put("committed", 0);
        one.peers.acknowledge(2); // handled in one turn with what follows, so not applied yet
        one.follow(2, 2);
        assertThat(committed).isCompletedWithValueMatching(CommandResult::effective);
        assertThat(one.node.status().pendingProposals()).isZero();
    }

    @Test
    void aCommandThatTheLeaderCannotReadNeverReachesTheLog() {
        one.lead();
        long last = one.log.last().index();
        one.peers.say(2, new ProposeRequest(5, ByteSequence.wrap(new byte[] {99, 1, 2, 3})));
        one.step();
        assertThat(one.peers.take(ProposeResponse.class))
                .extracting(ProposeResponse::requestId, ProposeResponse::outcome)
                .containsExactly(tuple(5L, Outcome.UNREADABLE));
        assertThat(one.log.last().index()).isEqualTo(last);
    }

    @Test
    void aWriteThatTheLeaderCannotReadIsRefused() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> write = one.put("k", 0);
        answer(2, sentRequest(), Outcome.UNREADABLE);
        assertRefused(write, Reason.INVALID);
    }

    @Test
    void aFollowerDeniesAPeersWrite() {
        one.follow(2, 1);
        one.peers.say(3, new ProposeRequest(99, COMMAND));
        one.step();
        assertThat(one.peers.take(ProposeResponse.class))
                .extracting(ProposeResponse::outcome)
                .containsExactly(Outcome.NOT_LEADER);
    }

    @Test
    void aBreakdownCallsWhatLeftFatalAndWhatDidNotRefused() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> sent = one.put("sent", 0);
        one.peers.connected = false;
        CompletableFuture<CommandResult> unsent = one.put("unsent", 0);
        one.node.fail("disk", new IllegalStateException("gone"));
        CompletableFuture<Void> read = one.node.readBarrier(Duration.ofSeconds(1));
        one.step();
        assertFailed(sent, FatalException.class);
        assertRefused(unsent, Reason.UNAVAILABLE);
        assertRefused(read, Reason.UNAVAILABLE);
        assertRefused(one.put("later", 0), Reason.UNAVAILABLE);
        assertThat(one.peers.closed).isTrue();
        assertThat(one.node.status().health()).isEqualTo(NodeHealth.FAILED);
        assertThat(one.node.status().pendingProposals()).isZero();
        assertThat(one.node.status().pendingReads()).isZero();
    }

    @Test
    void aTwoTermsOldAnswerOfTheSameLeaderStopsNothing() {
        one.follow(2, 1);
        CompletableFuture<CommandResult> write = one.put("k", 0);
        long id = sentRequest();
        one.follow(2, 3);
        one.peers.say(2, new HeartbeatRequest(3, 0, 2, 0));
        answer(2, id, Outcome.NOT_LEADER);
        answer(2, sentRequest(), Outcome.APPLIED);
        assertThat(write).isCompleted();
    }
}
