package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.raft.Raft;
import io.dengine.raft.RaftConfig;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.VoteResponse;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.KvStateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.file.DataDirectory;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A whole node whose agents take their turns when the test says so, under a clock that the test moves. */
final class SteppedNode implements AgentRunner {

    static final Map<NodeId, PeerAddress> THREE = Map.of(
            NodeId.of(1), new PeerAddress("one", 1),
            NodeId.of(2), new PeerAddress("two", 2),
            NodeId.of(3), new PeerAddress("three", 3));

    private final DEngineConfig config;
    private final DataDirectory directory;
    final MemoryDisk disk;
    final TableStore tables;
    final WatchHub watches;
    final RecordedPeers peers = new RecordedPeers();
    final HeapLog log;
    final KvStateMachine state;
    final EngineNode node;
    private final List<Agent> agents = new ArrayList<>();
    private final EventHistory history;
    private long nowNanos = 1;
    boolean agentsStop = true;
    private boolean closing;
    private boolean stepping;

    /** Run once, at the next look at the clock. */
    @Nullable
    Runnable atNextClockRead;

    /** Run once, between the next look at the clock and whatever follows it. */
    @Nullable
    Runnable afterNextClockRead;

    /** One of three members; the test plays the other two. */
    static SteppedNode ofThree(TableStore tables) {
        return new SteppedNode(DEngineConfig.member(1, Path.of("unused"), "test", THREE), tables);
    }

    SteppedNode(DEngineConfig config, TableStore tables) {
        this(config, tables, new MemoryDisk(), new HeapLog(), directory -> {});
    }

    /** A node whose table lies on {@code disk}, so that snapshots can be taken of it. */
    SteppedNode(DEngineConfig config, MemoryDisk disk) {
        this(
                config,
                MemoryTableStore.open(disk, config.dataDir().resolve("table")),
                disk,
                new HeapLog(),
                directory -> {});
    }

    private SteppedNode(
            DEngineConfig config,
            TableStore tables,
            MemoryDisk disk,
            HeapLog log,
            Consumer<DataDirectory> beforeStart) {
        this.disk = disk;
        this.log = log;
        this.tables = tables;
        this.config = config;
        this.directory = directory(config, disk);
        beforeStart.accept(directory);
        Set<NodeId> voters = config.members().isEmpty()
                ? Set.of(config.nodeId())
                : config.members().keySet();
        state = new KvStateMachine(tables, config.snapshots().stateHashInterval());
        AppliedState applied = state.applied();
        Random random = new Random(config.nodeId().value());
        Raft raft = new Raft(
                new RaftConfig(
                        config.election().timeout().toNanos(),
                        config.election().heartbeat().toNanos(),
                        0.1,
                        1 << 20,
                        4,
                        4 << 20,
                        1 << 20),
                Self.founder(config.nodeId()),
                applied.index() == 0 ? Membership.ofVoters(voters) : applied.membership(),
                log.hardState(),
                log,
                applied.index(),
                nowNanos,
                random);
        history = EventHistory.open(disk, config.dataDir().resolve("history"), config.watch(), applied.revision());
        watches = new WatchHub(history, config.watch(), applied.revision(), Runnable::run);
        node = EngineNode.start(new NodeParts(
                config,
                raft,
                log,
                state,
                history,
                watches,
                snapshots(config, disk, directory, tables.kind()),
                new PeerDirectory(raft.membership(), (peer, storage) -> true),
                peers,
                Runnable::run,
                this,
                this,
                this::readClock,
                random,
                EngineMeter.NONE));
        step();
    }

    DataDirectory directory() {
        return directory;
    }

    /** Ends this node and returns the next one on the same disk; {@code between} the two the disk may change. */
    SteppedNode restarted(Consumer<DataDirectory> between) {
        close();
        directory().close();
        MemoryTableStore reopened = MemoryTableStore.open(disk, config.dataDir().resolve("table"));
        log.closed = false;
        return new SteppedNode(config, reopened, disk, log, between);
    }

    static DataDirectory directory(DEngineConfig config, MemoryDisk disk) {
        return DataDirectory.open(
                disk,
                config.dataDir(),
                config.clusterName(),
                config.nodeId(),
                () -> new UUID(1, config.nodeId().value()));
    }

    /** Snapshots of a table and a history that lie on {@code disk}. */
    static SnapshotParts snapshots(DEngineConfig config, MemoryDisk disk, DataDirectory directory, String kind) {
        SnapshotParts.Opener opener = new SnapshotParts.Opener() {
            @Override
            public TableStore tables(Path state) {
                return MemoryTableStore.open(disk, state);
            }

            @Override
            public EventHistory history(Path history, long revision) {
                return EventHistory.open(disk, history, config.watch(), revision);
            }
        };
        return new SnapshotParts(directory, opener, kind);
    }

    private long readClock() {
        Runnable interruption = atNextClockRead;
        atNextClockRead = null;
        if (interruption != null) {
            interruption.run();
        }
        long now = nowNanos;
        Runnable pause = afterNextClockRead;
        afterNextClockRead = null;
        if (pause != null) {
            pause.run();
        }
        return now;
    }

    /** Moves time on without a turn. */
    void advance(Duration time) {
        nowNanos += time.toNanos();
    }

    @Override
    public Handle start(Agent agent, FailureHandler onFailure) {
        agents.add(agent);
        return new Handle() {
            @Override
            public void wake() {
                if (closing && !stepping) {
                    step();
                }
            }

            @Override
            public boolean stop(Duration timeout) {
                return agentsStop;
            }
        };
    }

    /** Gives one turn to the event loop alone, as while another agent is stuck. */
    void stepLoop() {
        agents.stream().filter(agent -> agent.name().equals("loop")).forEach(Agent::doWork);
    }

    /** Gives turns until nobody has anything to do. */
    void step() {
        stepping = true;
        try {
            turns();
        } finally {
            stepping = false;
        }
    }

    /** Closes the node, whose agents go on by themselves meanwhile. */
    void close() {
        closing = true;
        node.close();
    }

    private void turns() {
        for (int turn = 0; turn < 100_000; turn++) {
            boolean worked = false;
            for (Agent agent : agents) {
                worked |= agent.doWork();
            }
            if (!worked) {
                return;
            }
        }
        throw new AssertionError("the agents never come to rest");
    }

    /** Moves time on, in steps shorter than a heartbeat, while the other members that {@code alive} names answer. */
    void pass(Duration time, int... alive) {
        long end = nowNanos + time.toNanos();
        while (nowNanos < end) {
            nowNanos = Math.min(end, nowNanos + TimeUnit.MILLISECONDS.toNanos(20));
            step();
            for (int peer : alive) {
                peers.acknowledge(peer);
            }
            step();
        }
    }

    void acknowledge(int peer) {
        peers.acknowledge(peer);
        step();
    }

    /** Returns whether some agent wants a turn without waiting. */
    boolean isRestless() {
        return agents.stream().anyMatch(agent -> agent.nextDueNanos() <= nowNanos);
    }

    /** Lets the node hear from a leader. */
    void follow(int leader, long term) {
        peers.say(leader, new HeartbeatRequest(term, 0, 1, 0));
        step();
        assertThat(node.leaderId()).isEqualTo(NodeId.of(leader));
    }

    /** Makes the node leader of term 1 of three, with its first entry applied. */
    void lead() {
        pass(Duration.ofSeconds(2));
        peers.say(2, new VoteResponse(1, true, true));
        step();
        peers.say(2, new VoteResponse(1, false, true));
        step();
        acknowledge(2);
        assertThat(node.status().role()).isEqualTo(RoleKind.LEADER);
        assertThat(node.leader().self()).isTrue();
    }

    CompletableFuture<CommandResult> put(String key, long ttlMillis) {
        return put(key, ByteSequence.of("v"), ttlMillis);
    }

    CompletableFuture<CommandResult> put(String key, ByteSequence value, long ttlMillis) {
        CompletableFuture<CommandResult> answer =
                node.propose(CommandCodec.encode(new Command.Put(ByteSequence.of(key), value, ttlMillis)));
        step();
        return answer;
    }
}
