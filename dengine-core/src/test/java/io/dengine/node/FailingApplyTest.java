package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ByteSequence;
import io.dengine.api.FatalException;
import io.dengine.api.RefusedException;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.raft.Raft;
import io.dengine.raft.RaftConfig;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.Self;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.KvStateMachine;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.file.FileLogStore;
import io.dengine.transport.NoPeers;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** A state machine that throws takes its node out, and nothing is skipped. */
class FailingApplyTest {

    private static final Path DATA = Path.of("data");

    private final Disk disk = new MemoryDisk();
    private final DEngineConfig config = DEngineConfig.embedded(DATA);

    /** Applies what the real one would, until told to fail. */
    private static final class Breakable implements StateMachine {
        private final StateMachine real = new KvStateMachine(new MemoryTableStore());
        private volatile boolean broken;

        @Override
        public Outcome apply(List<Entry> entries) {
            if (broken) {
                throw new IllegalStateException("apply failed on purpose");
            }
            return real.apply(entries);
        }

        @Override
        public AppliedState applied() {
            return real.applied();
        }

        @Override
        public long nextDeadlineMillis() {
            return real.nextDeadlineMillis();
        }

        @Override
        public TableStore.Row row(ByteSequence key) {
            return real.row(key);
        }

        @Override
        public TableStore.View view() {
            return real.view();
        }

        @Override
        public long flush() {
            return real.flush();
        }

        @Override
        public long durableIndex() {
            return real.durableIndex();
        }

        @Override
        public long sizeBytes() {
            return real.sizeBytes();
        }

        @Override
        public AppliedState checkpoint(Path directory) {
            return real.checkpoint(directory);
        }

        @Override
        public void replace(TableStore tables) {
            real.replace(tables);
        }

        @Override
        public boolean holdsReplaced() {
            return real.holdsReplaced();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private EngineNode start(StateMachine stateMachine) {
        long origin = System.nanoTime();
        LongSupplier clock = () -> System.nanoTime() - origin;
        FileLogStore log = FileLogStore.open(disk, DATA.resolve("log"), 64 << 10, Durability.FSYNC);
        Raft raft = new Raft(
                new RaftConfig(50_000_000, 5_000_000, 0.1, 1 << 20, 4, 1 << 20, 1 << 20),
                Self.founder(config.nodeId()),
                Membership.ofVoters(Set.of(config.nodeId())),
                log.hardState(),
                log,
                0,
                clock.getAsLong(),
                new SplittableRandom(1));
        EventHistory history = EventHistory.open(disk, null, config.watch(), 1);
        CallbackExecutor callbacks = new CallbackExecutor("failing-apply");
        AgentThreads threads = new AgentThreads("failing-apply", clock);
        return EngineNode.start(new NodeParts(
                config,
                raft,
                log,
                stateMachine,
                history,
                new WatchHub(history, config.watch(), 1, callbacks),
                snapshots(),
                new PeerDirectory(raft.membership(), (peer, storage) -> true),
                new NoPeers(),
                callbacks,
                threads,
                threads,
                clock,
                new SplittableRandom(2),
                EngineMeter.NONE));
    }

    /** None is taken here. */
    private SnapshotParts snapshots() {
        MemoryDisk own = new MemoryDisk();
        return SteppedNode.snapshots(config, own, SteppedNode.directory(config, own), "memory");
    }

    private static byte[] put(String value) {
        return CommandCodec.encode(new Command.Put(ByteSequence.of("k"), ByteSequence.of(value), 0));
    }

    private static Throwable failureOf(CompletableFuture<?> call) {
        Throwable thrown = catchThrowable(() -> call.get(10, TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        return thrown.getCause();
    }

    @Test
    void theNodeLeavesAndWhatItDidNotApplyIsAppliedAfterARestart() throws Exception {
        Breakable stateMachine = new Breakable();
        try (EngineNode node = start(stateMachine)) {
            CommandResult first = node.propose(put("1")).get(10, TimeUnit.SECONDS);
            long applied = node.status().lastApplied();
            stateMachine.broken = true;

            assertThat(failureOf(node.propose(put("2"))))
                    .isInstanceOf(FatalException.class)
                    .hasMessageContaining("apply failed on purpose");
            assertThat(failureOf(node.readBarrier(Duration.ofSeconds(60))))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.UNAVAILABLE));
            await().atMost(Duration.ofSeconds(10)).until(() -> node.status().health() == NodeHealth.FAILED);
            stateMachine.broken = false;
            assertThat(failureOf(node.propose(put("3")))).isInstanceOf(RefusedException.class);
            assertThat(node.status().lastApplied()).isEqualTo(applied);
            assertThat(node.status().revision()).isEqualTo(first.revision());
        }
        try (EngineNode again = start(new Breakable())) {
            again.readBarrier(Duration.ofSeconds(10)).get(10, TimeUnit.SECONDS);
            assertThat(again.status().revision()).isEqualTo(3);
            try (TableStore.View view = again.view()) {
                assertThat(view.get(ByteSequence.of("k")).value()).isEqualTo(ByteSequence.of("2"));
            }
        }
    }
}
