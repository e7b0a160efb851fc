package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.message.AppendRequest;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.transport.PeerMessage.ReadIndexRequest;
import io.dengine.transport.PeerMessage.ReadIndexResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The ways of a linearizable read, seen from the node it was given to. */
class ReadRouterTest {

    private final SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());

    private CompletableFuture<Void> read() {
        CompletableFuture<Void> read = one.node.readBarrier(Duration.ofSeconds(5));
        one.step();
        return read;
    }

    private long sentRequest() {
        List<ReadIndexRequest> requests = one.peers.take(ReadIndexRequest.class);
        assertThat(requests).hasSize(1);
        return requests.get(0).requestId();
    }

    private void answer(int from, long requestId, long index) {
        one.peers.say(from, new ReadIndexResponse(requestId, index));
        one.step();
    }

    private void append(int leader, long term, long index, long commitIndex) {
        EntryId previous = one.log.last();
        Entry entry = new Entry(term, index, 0, EntryKind.EMPTY, new byte[0]);
        one.peers.say(leader, new AppendRequest(term, previous, List.of(entry), commitIndex));
        one.step();
    }

    private static void assertRefused(CompletableFuture<Void> read, Reason reason) {
        assertThat(read).isCompletedExceptionally();
        assertThat(catchThrowable(() -> read.getNow(null)).getCause())
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    @Test
    void aFollowersReadWaitsUntilTheLeadersIndexIsApplied() {
        one.follow(2, 1);
        CompletableFuture<Void> read = read();
        answer(2, sentRequest(), 1);
        append(2, 1, 1, 0);
        assertThat(read).isNotDone();
        append(2, 1, 2, 1);
        assertThat(read).isCompleted();
        assertThat(one.node.status().pendingReads()).isZero();
    }

    @Test
    void readsOfOneTurnShareOneRequest() {
        one.follow(2, 1);
        CompletableFuture<Void> first = one.node.readBarrier(Duration.ofSeconds(5));
        CompletableFuture<Void> second = read();
        answer(2, sentRequest(), 0);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
    }

    @Test
    void aReadThatComesLaterIsNotServedByAnEarlierRequest() {
        one.follow(2, 1);
        CompletableFuture<Void> first = read();
        long earlier = sentRequest();
        CompletableFuture<Void> second = read();
        answer(2, earlier, 0);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
    }

    @Test
    void anUnansweredReadIsAskedAgain() {
        one.follow(2, 1);
        CompletableFuture<Void> read = read();
        sentRequest();
        one.pass(Duration.ofMillis(560));
        answer(2, sentRequest(), 0);
        assertThat(read).isCompleted();
        assertThat(one.node.status().pendingReads()).isZero();
    }

    /** Where an answer takes longer than the wait for it, every one is late. */
    @Test
    void anAnswerThatComesAfterTheReadWasAskedAgainCounts() {
        one.follow(2, 1);
        CompletableFuture<Void> read = read();
        long late = sentRequest();
        one.pass(Duration.ofMillis(560));
        long again = sentRequest();
        answer(2, late, 0);
        assertThat(read).isCompleted();
        answer(2, again, 0);
        assertThat(one.node.status().pendingReads()).isZero();
    }

    @Test
    void aDeniedReadIsAskedAgainAfterAWhileNotAtOnce() {
        one.follow(2, 1);
        CompletableFuture<Void> read = read();
        answer(2, sentRequest(), -1);
        assertThat(one.peers.take(ReadIndexRequest.class)).isEmpty();
        one.pass(Duration.ofMillis(200));
        answer(2, sentRequest(), 0);
        assertThat(read).isCompleted();
    }

    @Test
    void withoutAQuorumTheLeadersReadIsRefusedInTime() {
        one.lead();
        CompletableFuture<Void> read = read();
        assertThat(read).isNotDone();
        one.pass(Duration.ofMillis(5100));
        assertRefused(read, Reason.TIMEOUT);
        assertThat(one.node.status().pendingReads()).isZero();
    }

    @Test
    void aLeadersReadIsAnsweredByARoundThatBeganAfterIt() {
        one.lead();
        one.pass(Duration.ofMillis(50), 2);
        CompletableFuture<Void> read = read();
        assertThat(read).isNotDone();
        one.acknowledge(2);
        assertThat(read).isCompleted();
    }

    @Test
    void aDeposedLeaderAsksTheNextOneForItsReadsAndDeniesThoseOfPeers() {
        one.lead();
        CompletableFuture<Void> read = read();
        one.peers.say(3, new ReadIndexRequest(99));
        one.step();
        one.follow(2, 2);
        assertThat(one.peers.take(ReadIndexResponse.class)).containsExactly(new ReadIndexResponse(99, -1));
        answer(2, sentRequest(), 0);
        assertThat(read).isCompleted();
    }

    @Test
    void aLeaderConfirmsAPeersReadByAQuorum() {
        one.lead();
        one.peers.say(3, new ReadIndexRequest(99));
        one.step();
        assertThat(one.peers.take(ReadIndexResponse.class)).isEmpty();
        one.acknowledge(2);
        assertThat(one.peers.take(ReadIndexResponse.class)).containsExactly(new ReadIndexResponse(99, 1));
    }
}
