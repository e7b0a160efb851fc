package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.WatchRequest;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import io.dengine.node.EngineMeter;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Nodes that start and end often, in good order or not. */
@Timeout(60)
class LifecycleTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Short, since each start waits for it. */
    private static final Election ELECTION = Election.ofTimeout(Duration.ofMillis(30));

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    private static List<String> engineThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("dengine-"))
                .toList();
    }

    private static List<ByteSequence> keysOf(DEngine engine) {
        engine.awaitReady(PATIENCE);
        return engine
                .client()
                .blocking()
                .scan(ScanRequest.prefix(ByteSequence.EMPTY), ReadConsistency.LINEARIZABLE)
                .entries()
                .stream()
                .map(entry -> entry.key())
                .toList();
    }

    @Test
    void twoHundredLivesLeaveNoThread(@TempDir Path unused) {
        DEngineConfig config = DEngineConfig.embedded(unused)
                .withStateStore(StateStore.MEMORY)
                .withDurability(Durability.MEMORY)
                .with(ELECTION);
        await().atMost(PATIENCE).until(() -> engineThreads().isEmpty());
        for (int life = 0; life < 200; life++) {
            try (DEngine engine = DEngine.start(config)) {
                engine.addLeaderListener(change -> {});
                engine.client().watch(WatchRequest.prefix(ByteSequence.EMPTY), (revision, events) -> {});
                if (life % 20 == 0) {
                    engine.awaitReady(PATIENCE);
                    engine.client().blocking().put(bytes("k"), bytes("v"));
                }
            }
        }
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(engineThreads()).isEmpty());
    }

    @Test
    void whatWasAcknowledgedSurvivesACloseAtAnyMoment(@TempDir Path directory) throws Exception {
        DEngineConfig config = DEngineConfig.embedded(directory).with(ELECTION);
        SplittableRandom random = new SplittableRandom(5);
        List<ByteSequence> acknowledged = new ArrayList<>();
        for (int life = 0; life < 8; life++) {
            List<ByteSequence> keys = new ArrayList<>();
            List<CompletableFuture<PutResult>> writes = new ArrayList<>();
            List<CompletableFuture<PutResult>> told = new ArrayList<>();
            CountDownLatch closeAfter = new CountDownLatch(random.nextInt(200));
            DEngine engine = DEngine.start(config);
            try (engine) {
                assertThat(keysOf(engine)).containsAll(acknowledged);
                for (int i = 0; i < 400; i++) {
                    ByteSequence key = bytes(life + "/" + i);
                    keys.add(key);
                    CompletableFuture<PutResult> write = engine.client().put(key, bytes("v"));
                    writes.add(write);
                    told.add(write.whenComplete((result, failure) -> closeAfter.countDown()));
                }
                assertThat(closeAfter.await(20, TimeUnit.SECONDS)).isTrue();
            }
            for (int i = 0; i < keys.size(); i++) {
                assertThat(writes.get(i)).isDone();
                if (!writes.get(i).isCompletedExceptionally()) {
                    acknowledged.add(keys.get(i));
                }
            }
            assertThat(told).hasSameSizeAs(writes);
            assertThat(engine.status().pendingProposals()).isZero();
        }
        assertThat(acknowledged).isNotEmpty();
    }

    /** The power fails again and again at the disk operations of the start itself, and of the first writes after it. */
    @Test
    void powerLossAtAnyMomentOfItsStartNeverKeepsANodeFromStarting() {
        SimDisk disk = new SimDisk(new SplittableRandom(9));
        DEngineConfig config = DEngineConfig.embedded(Path.of("/data"))
                .withStateStore(StateStore.MEMORY)
                .with(ELECTION);
        List<ByteSequence> acknowledged = new ArrayList<>();
        int whileStarting = 0;
        Logger log = (Logger) LoggerFactory.getLogger("io.dengine.node");
        log.setLevel(Level.OFF); // each death would be reported
        for (int life = 1; life <= 60; life++) {
            disk.failPowerAfter(life % 40 + 1);
            try (DEngine engine = DEngine.start(config, EngineMeter.NONE, disk)) {
                writeUntilPowerFails(engine, life, acknowledged);
            } catch (SimDisk.PowerLoss expected) {
                whileStarting++;
            }
            disk.crash();
        }
        log.setLevel(null);
        assertThat(whileStarting).isBetween(10, 50);
        assertThat(acknowledged).isNotEmpty();
        try (DEngine engine = DEngine.start(config, EngineMeter.NONE, disk)) {
            assertThat(keysOf(engine)).containsAll(acknowledged);
        }
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(engineThreads()).isEmpty());
    }

    private static void writeUntilPowerFails(DEngine engine, int life, List<ByteSequence> acknowledged) {
        BlockingCoordinationClient store = engine.client().blocking();
        for (int i = 0; i < 100; i++) {
            ByteSequence key = bytes(life + "/" + i);
            try {
                store.put(key, bytes("v"));
                acknowledged.add(key);
            } catch (CoordinationException powerIsGone) {
                return;
            }
        }
        throw new AssertionError("the power never failed");
    }

    /** A member that finds no other has no leader: what it is given waits, up to the bound. */
    @Test
    void callsBeyondTheBoundAreRefusedAtOnceAndRoomComesBack(@TempDir Path directory) throws IOException {
        DEngineConfig config = DEngineConfig.member(1, directory, "test", membersOnFreePorts())
                .with(new Limits(8, 16, 10, 1000, 10, Duration.ofMillis(300)));
        try (DEngine alone = DEngine.start(config)) {
            List<CompletableFuture<?>> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                calls.add(alone.client().put(bytes("k"), bytes("v")));
                calls.add(alone.client().get(bytes("k"), ReadConsistency.LINEARIZABLE));
            }
            assertThat(reasonOf(alone.client().put(bytes("k"), bytes("v"))))
                    .isEqualTo(RefusedException.Reason.OVERLOADED);
            assertThat(reasonOf(alone.client().get(bytes("k"), ReadConsistency.LINEARIZABLE)))
                    .isEqualTo(RefusedException.Reason.OVERLOADED);

            assertThat(calls)
                    .allSatisfy(call -> assertThat(reasonOf(call))
                            .isIn(RefusedException.Reason.NO_LEADER, RefusedException.Reason.TIMEOUT));
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(alone.status().pendingProposals()).isZero();
                assertThat(alone.status().pendingReads()).isZero();
            });
        }
    }

    private static Map<NodeId, PeerAddress> membersOnFreePorts() {
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        for (int id = 1; id <= 3; id++) {
            members.put(NodeId.of(id), FreePorts.address());
        }
        return members;
    }

    private static RefusedException.Reason reasonOf(CompletableFuture<?> call) {
        Throwable failure = catchThrowable(() -> call.get(10, TimeUnit.SECONDS));
        assertThat(failure).hasCauseInstanceOf(RefusedException.class);
        return ((RefusedException) failure.getCause()).reason();
    }
}
