package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import io.dengine.config.LogSettings;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.HeartbeatResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogKeeperTest {

    private static final int PURGE_BYTES = 64 << 10;

    @Test
    void theLogStaysNearItsBoundHoweverMuchIsWritten() {
        DEngineConfig config =
                DEngineConfig.embedded(Path.of("unused")).with(new LogSettings(64 << 10, 1 << 20, 4, 0, PURGE_BYTES));
        SteppedNode single = new SteppedNode(config, new DurableTables());
        single.pass(Duration.ofMillis(20));
        long most = 0;
        for (int i = 0; i < 1_000; i++) {
            assertThat(single.put("k" + i, ByteSequence.wrap(new byte[1_000]), 0))
                    .isCompleted();
            single.pass(Duration.ofMillis(20));
            most = Math.max(most, single.log.sizeBytes());
        }
        assertThat(most).isBetween((long) PURGE_BYTES, PURGE_BYTES + 10_000L);
    }

    private static SteppedNode ofThree(LogSettings settings) {
        DEngineConfig config = DEngineConfig.member(1, Path.of("unused"), "test", SteppedNode.THREE)
                .with(settings);
        SteppedNode one = new SteppedNode(config, new DurableTables());
        one.lead();
        return one;
    }

    private static void write(SteppedNode one, int count, int... alive) {
        for (int i = 0; i < count; i++) {
            CompletableFuture<CommandResult> put = one.put("k" + i, ByteSequence.wrap(new byte[1_000]), 0);
            one.pass(Duration.ofMillis(20), alive);
            assertThat(put).isCompleted();
        }
    }

    private static LogSettings purgedAfter(long entries, Duration age) {
        return new LogSettings(64 << 10, 1 << 20, 4, 0, PURGE_BYTES, entries, age);
    }

    @Test
    void whatAConnectedMemberLacksIsKeptWhileASnapshotWouldCostMore() {
        SteppedNode one = ofThree(purgedAfter(Long.MAX_VALUE, Duration.ofHours(1)));
        one.acknowledge(3);
        long heldByThree = one.log.last().index();
        for (int i = 0; i < 300; i++) {
            CompletableFuture<CommandResult> put = one.put("k" + i, ByteSequence.wrap(new byte[1_000]), 0);
            one.pass(Duration.ofMillis(20), 2);
            one.peers.say(3, new HeartbeatResponse(1, 0)); // it lives, but takes nothing
            assertThat(put).isCompleted();
        }
        assertThat(one.state.sizeBytes()).isGreaterThan(one.log.sizeBytes());
        assertThat(one.log.base().index()).isLessThanOrEqualTo(heldByThree);
        // The same keys again and again: the log grows, the state does not.
        for (int i = 0; i < 600; i++) {
            CompletableFuture<CommandResult> put = one.put("k" + i % 10, ByteSequence.wrap(new byte[1_000]), 0);
            one.pass(Duration.ofMillis(20), 2);
            assertThat(put).isCompleted();
            one.peers.say(3, new HeartbeatResponse(1, 0));
        }
        assertThat(one.log.base().index()).isGreaterThan(heldByThree);
    }

    @Test
    void aMemberThatIsGoneHoldsNoMoreThanTheBound() {
        SteppedNode one = ofThree(purgedAfter(Long.MAX_VALUE, Duration.ofHours(1)));
        one.acknowledge(3);
        one.pass(Duration.ofSeconds(15), 2);
        long most = 0;
        for (int round = 0; round < 10; round++) {
            write(one, 50, 2);
            most = Math.max(most, one.log.sizeBytes());
        }
        assertThat(one.log.base().index()).isGreaterThan(100);
        assertThat(most).isLessThan(3 * PURGE_BYTES);
    }

    @Test
    void theLogIsPurgedByCountToo() {
        SteppedNode one = ofThree(purgedAfter(10, Duration.ofHours(1)));
        for (int i = 0; i < 30; i++) {
            CompletableFuture<CommandResult> put = one.put("k" + i, 0);
            one.pass(Duration.ofMillis(20), 2, 3);
            assertThat(put).isCompleted();
        }
        one.pass(Duration.ofMillis(200), 2, 3);
        assertThat(one.log.last().index() - one.log.base().index()).isLessThan(15);
    }

    @Test
    void theLogIsPurgedByAgeToo() {
        SteppedNode one = ofThree(purgedAfter(Long.MAX_VALUE, Duration.ofSeconds(5)));
        CompletableFuture<CommandResult> put = one.put("k", 0);
        one.pass(Duration.ofSeconds(1), 2, 3);
        assertThat(put).isCompleted();
        assertThat(one.log.base().index()).isZero();
        one.pass(Duration.ofSeconds(5), 2, 3);
        assertThat(one.log.base()).isEqualTo(one.log.last());
    }

    @Test
    void aFollowerKeepsNoMoreThanTheBound() {
        DEngineConfig config = DEngineConfig.member(1, Path.of("unused"), "test", SteppedNode.THREE)
                .with(purgedAfter(Long.MAX_VALUE, Duration.ofHours(1)));
        SteppedNode one = new SteppedNode(config, new DurableTables());
        one.follow(2, 1);
        byte[] put = CommandCodec.encode(new Command.Put(ByteSequence.of("k"), ByteSequence.wrap(new byte[1_000]), 0));
        EntryId last = EntryId.ZERO;
        long most = 0;
        for (int i = 1; i <= 500; i++) {
            Entry entry = new Entry(1, i, i, EntryKind.COMMAND, put);
            one.peers.say(2, new AppendRequest(1, last, List.of(entry), i));
            last = entry.id();
            one.pass(Duration.ofMillis(20));
            most = Math.max(most, one.log.sizeBytes());
        }
        // Nobody has said that any other member holds anything.
        assertThat(one.log.base().index()).isGreaterThan(100);
        assertThat(most).isLessThan(3 * PURGE_BYTES);
    }
}
