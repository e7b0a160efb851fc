package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.command.CommandResult;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.transport.PeerMessage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A disk that stands still in the midst of a flush, while the event loop goes on. */
class StallWatchTest {

    private static List<RaftMessage> consensus(SteppedNode one) {
        return one.peers.take(PeerMessage.Consensus.class).stream()
                .map(PeerMessage.Consensus::message)
                .toList();
    }

    private static void passWhileStuck(SteppedNode one, Duration time) {
        for (long millis = 0; millis < time.toMillis(); millis += 20) {
            one.advance(Duration.ofMillis(20));
            one.stepLoop();
        }
    }

    @Test
    void aLeaderWhoseDiskStandsStillHandsOverAndSaysSince() {
        SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());
        one.lead();
        AtomicReference<NodeStatus> during = new AtomicReference<>();
        one.log.atNextSync = () -> {
            for (int i = 0; i < 100; i++) {
                one.advance(Duration.ofMillis(20));
                one.stepLoop();
                one.peers.acknowledge(2); // the other one has all of it
            }
            during.set(one.node.status());
        };
        CompletableFuture<CommandResult> put = one.put("k", 0);
        assertThat(during.get().health()).isEqualTo(NodeHealth.DISK_STALLED);
        assertThat(during.get().detail()).contains("has not finished a write for");
        assertThat(put).isNotNull();
        one.pass(Duration.ofMillis(200), 2, 3);
        assertThat(one.node.status().health()).isNotEqualTo(NodeHealth.DISK_STALLED);
    }

    @Test
    void aFollowerWhoseDiskStandsStillDoesNotCampaign() {
        SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());
        one.follow(2, 1);
        one.pass(Duration.ofMillis(100));
        one.log.atNextSync = () -> {
            passWhileStuck(one, Duration.ofMillis(1200)); // past the watch's patience
            consensus(one);
            passWhileStuck(one, Duration.ofSeconds(10));
            assertThat(consensus(one)).noneMatch(VoteRequest.class::isInstance);
            assertThat(one.node.status().health()).isEqualTo(NodeHealth.DISK_STALLED);
        };
        stick(one);
        assertThat(one.log.atNextSync).isNull();
        one.pass(Duration.ofSeconds(3));
        assertThat(consensus(one)).anyMatch(VoteRequest.class::isInstance);
    }

    /** Gives the follower something to write. */
    private static void stick(SteppedNode one) {
        one.peers.say(
                2, new AppendRequest(1, EntryId.ZERO, List.of(new Entry(1, 1, 0, EntryKind.EMPTY, new byte[0])), 0));
        one.step();
    }

    @Test
    void aHandOverIsNotForcedOnANodeWhoseDiskMoves() {
        SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());
        one.lead();
        one.pass(Duration.ofSeconds(5), 2, 3);
        assertThat(consensus(one)).noneMatch(TimeoutNow.class::isInstance);
        assertThat(one.node.status().role()).isEqualTo(RoleKind.LEADER);
        assertThat(one.node.status().health()).isEqualTo(NodeHealth.SERVING);
    }
}
