package io.dengine.sim;

import io.dengine.client.embedded.EmbeddedClient;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.PeerAddress;
import io.dengine.config.SnapshotSettings;
import io.dengine.config.StateStore;
import io.dengine.config.WatchSettings;
import io.dengine.node.EngineMeter;
import io.dengine.node.EngineNode;
import io.dengine.node.NodeParts;
import io.dengine.node.PeerDirectory;
import io.dengine.node.SnapshotParts;
import io.dengine.raft.PlantedRaft;
import io.dengine.raft.Raft;
import io.dengine.raft.RaftConfig;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.KvStateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.WriteBehindTables;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStore;
import io.dengine.storage.Standing;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.file.DataDirectory;
import io.dengine.storage.file.FileLogStore;
import io.dengine.transport.PeerTransport;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** One process, from start to death: the real engine, on simulated seams. */
final class Life {

    boolean ended;
    /** Whether an agent has failed because of the disk. */
    boolean failing;
    /** Whether the engine has left the cluster therefore. */
    boolean broken;
    /** Whether a snapshot is on its way into the place of the state. */
    boolean installing;
    /** Whether the engine was asked to close. */
    boolean closing;

    PeerTransport.PeerListener listener;
    /** Who this process told the network to follow. */
    Membership followed = Membership.NONE;
    /** The storages that this process has accepted, by node, since then. */
    final Map<NodeId, UUID> accepted = new TreeMap<>();
    /** Where in the log that stands. */
    EntryId place = EntryId.ZERO;
    /** The storages that may lead this process without counting for it, by node. */
    final Map<NodeId, UUID> guides = new TreeMap<>();

    DataDirectory directory;
    PeerDirectory peers;
    Raft raft;
    EngineNode engine;
    EmbeddedClient client;
    ObservedLog log;
    ObservedStateMachine stateMachine;
    /** What the state machine stands on, or is about to. */
    MemoryTableStore tables;

    EventHistory history;

    private final Simulation simulation;
    private final Swarm swarm;
    private final SimNode node;

    Life(Simulation simulation, SimNode node) {
        this.simulation = simulation;
        this.swarm = simulation.swarm();
        this.node = node;
    }

    SimNode node() {
        return node;
    }

    /**
     * Opens what the disk holds and starts the engine over it.
     *
     * @param turns draws when agents get their turns
     * @param random the engine's own
     */
    void assemble(Disk disk, RandomGenerator turns, RandomGenerator random) {
        directory = DataDirectory.open(
                disk, DiskFaults.DATA, "sim", node.id(), () -> new UUID(random.nextLong(), random.nextLong()));
        DEngineConfig config = config();
        try {
            assemble(disk, config, turns, random);
        } catch (StorageFailure e) {
            boolean alone = config.seeds().isEmpty() && directory.seeds().isEmpty();
            if (e.kind() != StorageFailure.Kind.CORRUPT
                    || engine != null
                    || alone
                    || simulation.bug() == PlantedBug.DAMAGE_CUT_OFF) {
                throw e;
            }
            // As the engine's own assembly does.
            directory.setAside();
            node.onSetAside(e);
            assemble(disk, config, turns, random);
        }
    }

    private void assemble(Disk disk, DEngineConfig config, RandomGenerator turns, RandomGenerator random) {
        LogStore file = FileLogStore.open(disk, directory.log(), swarm.segmentBytes, Durability.FSYNC);
        directory.finishInstall(file);
        tables = MemoryTableStore.open(disk, directory.state());
        if (tables.applied().index() > 0) {
            simulation.faults().count(Kind.RESTART_WITH_STATE);
        }
        log = new ObservedLog(simulation, node, PlantedLog.around(file, simulation.bug()), this);
        simulation.oracle().onRecovered(node, log);
        history = EventHistory.open(
                disk, directory.history(), config.watch(), tables.applied().revision());
        stateMachine = new ObservedStateMachine(
                simulation, node, this, new KvStateMachine(inFrontOfTables(), swarm.stateHashInterval));
        Executor callbacks = task -> simulation.scheduler().after(1000, () -> node.runCallback(this, task));
        WatchHub watches =
                new WatchHub(history, config.watch(), tables.applied().revision(), callbacks);
        SimRunner runner = new SimRunner(simulation, node, this, turns);
        raft = raft(config, random);
        peers = new PeerDirectory(raft.membership(), directory::recognizes);
        engine = EngineNode.start(new NodeParts(
                config,
                raft,
                log,
                stateMachine,
                history,
                watches,
                new SnapshotParts(
                        new ObservedDirectory(simulation, this, directory), opener(disk, config), tables.kind()),
                peers,
                simulation.network().transportOf(node, this),
                callbacks,
                runner,
                runner,
                node.clock(),
                random,
                EngineMeter.NONE));
        client = new EmbeddedClient(engine);
    }

    private TableStore inFrontOfTables() {
        TableStore planted = PlantedTables.around(tables, simulation.bug());
        // What rots in the table shows when it is read there.
        return swarm.writeBehindBytes == 0 || swarm.stateRot > 0
                ? planted
                : new WriteBehindTables(planted, swarm.writeBehindBytes, node.number(), Runnable::run);
    }

    private SnapshotParts.Opener opener(Disk disk, DEngineConfig config) {
        return new SnapshotParts.Opener() {
            @Override
            public TableStore tables(Path state) {
                tables = MemoryTableStore.open(disk, state);
                return inFrontOfTables();
            }

            @Override
            public EventHistory history(Path path, long revision) {
                Life.this.history = EventHistory.open(disk, path, config.watch(), revision);
                return Life.this.history;
            }
        };
    }

    private Raft raft(DEngineConfig settings, RandomGenerator random) {
        RaftConfig config = new RaftConfig(
                swarm.electionTimeoutNanos,
                swarm.heartbeatNanos,
                Swarm.MAX_CLOCK_DRIFT,
                swarm.maxAppendBytes,
                swarm.maxInflightAppends,
                swarm.maxApplyBytes,
                swarm.maxCachedBytes);
        long applied = tables.applied().index();
        Membership ofState = tables.applied().membership();
        boolean founder = directory.standing() == Standing.FOUNDER;
        Membership first = !founder ? Membership.NONE : settings.firstMembership();
        Membership membership = ofState.equals(Membership.NONE) ? first : ofState;
        if (founder && membership.equals(Membership.NONE)) {
            directory.become(Standing.JOINING);
        }
        Self self = new Self(node.id(), directory.storageId(), directory.standing() == Standing.FOUNDER);
        long now = node.clock().getAsLong();
        PlantedRaft.Bug bug = simulation.bug().inRaft();
        return bug == null
                ? new Raft(config, self, membership, log.hardState(), log, applied, now, random)
                : PlantedRaft.create(bug, config, self, membership, log.hardState(), log, applied, now, random);
    }

    private DEngineConfig config() {
        SortedMap<NodeId, PeerAddress> members = new TreeMap<>();
        for (NodeId id :
                node.isJoining() ? Set.<NodeId>of() : simulation.bootstrap().members()) {
            members.put(id, SimNetwork.addressOf(id.value()));
        }
        Duration election = Duration.ofNanos(swarm.electionTimeoutNanos);
        return DEngineConfig.member(node.number(), DiskFaults.DATA, "sim", members)
                .with(node.peering())
                .withStateStore(StateStore.MEMORY)
                .with(new Election(election, Duration.ofNanos(swarm.heartbeatNanos), Swarm.MAX_CLOCK_DRIFT))
                .with(Limits.DEFAULT.withRequestTimeout(Duration.ofMillis(swarm.requestTimeoutMillis)))
                .with(new LogSettings(64 << 10, 1 << 20, 4, 1 << 20, 64 << 10, swarm.purgeEntries, Duration.ofHours(1)))
                .with(new SnapshotSettings(
                        swarm.snapshotBytesPerSecond,
                        Duration.ofMillis(swarm.snapshotKeepMillis),
                        swarm.stateHashInterval))
                .with(new WatchSettings(
                        swarm.historyEvents,
                        256L << 20,
                        Duration.ofHours(1),
                        1000,
                        swarm.bufferedEvents,
                        Duration.ofMillis(50)));
    }
}
