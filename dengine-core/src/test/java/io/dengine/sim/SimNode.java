package io.dengine.sim;

import io.dengine.client.embedded.EmbeddedClient;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
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
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.KvStateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.memory.CrashableTableStore;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.LogStore;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.file.DataDirectory;
import io.dengine.storage.file.FileLogStore;
import io.dengine.transport.PeerTransport;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** One machine: a clock, a disk that outlives crashes, and at most one process on it, the present life of the node. */
final class SimNode {

    private static final Path DATA = Path.of("/data");

    /** One process, from start to death. */
    static final class Life {
        boolean ended;
        /** Whether an agent has failed because of the disk. */
        boolean failing;
        /** Whether the engine has left the cluster therefore. */
        boolean broken;
        /** Whether the engine was asked to close. */
        boolean closing;

        PeerTransport.PeerListener listener;
        /** Who this process told the network to follow. */
        Membership followed = Membership.NONE;
        /** Where in the log that stands. */
        EntryId place = EntryId.ZERO;
        /** The storages that this process has accepted, by node, since then. */
        final Map<NodeId, UUID> accepted = new TreeMap<>();
        /** The storages that may lead this process without counting for it, by node. */
        final Map<NodeId, UUID> guides = new TreeMap<>();

        DataDirectory directory;
        Raft raft;
        EngineNode engine;
        EmbeddedClient client;
        ObservedLog log;
        ObservedStateMachine stateMachine;
        CrashableTableStore tables;
        EventHistory history;
    }

    private final Simulation simulation;
    private final Swarm swarm;
    private final Scheduler scheduler;
    private final NodeId id;
    private final NodeClock clock;
    private final SimDisk disk;
    private final RandomGenerator turnRandom;
    private final RandomGenerator engineRandom;
    private CrashableTableStore.Image image = CrashableTableStore.Image.EMPTY;
    private Life life;
    private long lives;
    private long pausedUntilNanos;
    private long slowDiskUntilNanos;
    private long stallNanos;
    private long powerFailsAtOperation = Long.MAX_VALUE;
    private boolean errorInjected;
    private boolean full;

    SimNode(Simulation simulation, int number, Seeds seeds) {
        this.simulation = simulation;
        this.swarm = simulation.swarm();
        this.scheduler = simulation.scheduler();
        this.id = NodeId.of(number);
        RandomGenerator clockRandom = seeds.of("clock", number);
        long drift = swarm.maxDriftPpm == 0 ? 0 : clockRandom.nextLong(-swarm.maxDriftPpm, swarm.maxDriftPpm + 1);
        this.clock = new NodeClock(scheduler, clockRandom.nextLong(1L << 50), drift);
        this.disk = new SimDisk(seeds.of("disk", number));
        this.turnRandom = seeds.of("turns", number);
        this.engineRandom = seeds.of("engine", number);
        plantInDisk();
    }

    private void plantInDisk() {
        Path log = DATA.resolve("log");
        if (simulation.bug() == PlantedBug.ACK_BEFORE_FSYNC) {
            disk.loseForcesOf(path -> String.valueOf(path.getFileName()).matches("\\d+\\.log"));
        } else if (simulation.bug() == PlantedBug.DIRECTORY_NOT_SYNCED) {
            disk.loseForcesOf(log::equals);
        }
    }

    int number() {
        return id.value();
    }

    NodeId id() {
        return id;
    }

    NodeClock clock() {
        return clock;
    }

    /** Returns the process that runs, or null. */
    Life life() {
        return life;
    }

    /** Returns whether a process runs and takes part. */
    boolean isServing() {
        return life != null && !life.broken;
    }

    /** Returns how many processes there were. */
    long lives() {
        return lives;
    }

    // ---- start ----

    /** Starts a process; it may die of a power loss in the midst of its recovery. */
    void start() {
        if (life != null) {
            return;
        }
        lives++;
        Life next = new Life();
        life = next;
        pausedUntilNanos = 0;
        simulation.trace().add("start", number(), lives, 0, null);
        try {
            assemble(next);
        } catch (SimDisk.PowerLoss e) {
            simulation.faults().count(Kind.CRASH_IN_RECOVERY);
            crash();
            return;
        } catch (StorageFailure | IllegalStateException e) {
            if (!isDiskFaulty()) {
                throw simulation.oracle().violation("node " + id + " does not recover from a crash: " + e, e);
            }
            next.broken = true;
            crash();
            return;
        }
        simulation.oracle().afterStart(this);
        simulation.watchers().forEach(watcher -> watcher.onStart(this));
    }

    private void assemble(Life next) {
        SortedMap<NodeId, PeerAddress> members = new TreeMap<>();
        for (int number = 1; number <= swarm.nodes; number++) {
            members.put(NodeId.of(number), SimNetwork.addressOf(number));
        }
        DataDirectory directory = DataDirectory.open(
                disk, DATA, "sim", id, () -> new UUID(engineRandom.nextLong(), engineRandom.nextLong()));
        next.directory = directory;
        LogStore file = FileLogStore.open(disk, directory.log(), swarm.segmentBytes, Durability.FSYNC);
        directory.finishInstall(file);
        next.tables = CrashableTableStore.restoredFrom(image);
        if (next.tables.applied().index() > 0) {
            simulation.faults().count(Kind.RESTART_WITH_STATE);
        }
        next.log = new ObservedLog(simulation, this, PlantedLog.around(file, simulation.bug()), next.tables);
        simulation.oracle().onRecovered(this, next.log);
        DEngineConfig config = config(members);
        next.history = EventHistory.open(
                disk, directory.history(), config.watch(), next.tables.applied().revision());
        SnapshotParts snapshots = new SnapshotParts(directory, opener(config), next.tables.kind());
        next.stateMachine = new ObservedStateMachine(simulation, this, next, new KvStateMachine(next.tables));
        Executor callbacks = task -> scheduler.after(1000, () -> runCallback(next, task));
        WatchHub watches =
                new WatchHub(next.history, config.watch(), next.tables.applied().revision(), callbacks);
        next.raft = raft(next);
        next.engine = EngineNode.start(new NodeParts(
                config,
                next.raft,
                next.log,
                next.stateMachine,
                next.history,
                watches,
                snapshots,
                new PeerDirectory(next.raft.membership(), (peer, storage) -> true),
                simulation.network().transportOf(this, next),
                callbacks,
                new SimRunner(simulation, this, next, turnRandom),
                clock,
                engineRandom,
                EngineMeter.NONE));
        next.client = new EmbeddedClient(next.engine);
    }

    private SnapshotParts.Opener opener(DEngineConfig config) {
        return new SnapshotParts.Opener() {
            @Override
            public TableStore tables(Path state) {
                return MemoryTableStore.open(disk, state);
            }

            @Override
            public EventHistory history(Path history, long revision) {
                return EventHistory.open(disk, history, config.watch(), revision);
            }
        };
    }

    private Raft raft(Life next) {
        RaftConfig config = new RaftConfig(
                swarm.electionTimeoutNanos,
                swarm.heartbeatNanos,
                Swarm.MAX_CLOCK_DRIFT,
                swarm.maxAppendBytes,
                swarm.maxInflightAppends,
                swarm.maxApplyBytes,
                swarm.maxCachedBytes);
        Membership membership = Membership.ofVoters(simulation.ids());
        long applied = next.tables.applied().index();
        long now = clock.getAsLong();
        PlantedRaft.Bug bug = simulation.bug().inRaft();
        return bug == null
                ? new Raft(config, id, membership, next.log.hardState(), next.log, applied, now, engineRandom)
                : PlantedRaft.create(
                        bug, config, id, membership, next.log.hardState(), next.log, applied, now, engineRandom);
    }

    private DEngineConfig config(Map<NodeId, PeerAddress> members) {
        Duration election = Duration.ofNanos(swarm.electionTimeoutNanos);
        return DEngineConfig.member(id.value(), DATA, "sim", members)
                .withStateStore(StateStore.MEMORY)
                .withElection(new DEngineConfig.Election(
                        election, Duration.ofNanos(swarm.heartbeatNanos), Swarm.MAX_CLOCK_DRIFT))
                .withLimits(
                        DEngineConfig.Limits.DEFAULT.withRequestTimeout(Duration.ofMillis(swarm.requestTimeoutMillis)))
                .withLog(new DEngineConfig.Log(64 << 10, 1 << 20, 4, 1 << 20, 64 << 10))
                .withWatch(new DEngineConfig.WatchSettings(
                        swarm.historyEvents,
                        256L << 20,
                        Duration.ofHours(1),
                        1000,
                        swarm.bufferedEvents,
                        Duration.ofMillis(50)));
    }

    /** Runs user code, where the process still lives, not before a pause has ended. */
    private void runCallback(Life in, Runnable task) {
        if (in.ended) {
            return;
        }
        if (isPaused()) {
            scheduler.at(pausedUntilNanos, () -> runCallback(in, task));
            return;
        }
        try {
            task.run();
        } catch (SimDisk.PowerLoss e) {
            crash();
        }
    }

    // ---- faults ----

    /** Kills the process and takes what the disk had not made durable. */
    void crash() {
        end(true);
    }

    /** Kills the process and leaves the machine up: what was written is still there, durable or not. */
    void kill() {
        end(false);
    }

    private void end(boolean powerLost) {
        if (life == null) {
            return;
        }
        Life dead = life;
        dead.ended = true;
        life = null;
        image = dead.tables == null ? image : dead.tables.image();
        simulation.trace().add(powerLost ? "crash" : "kill", number(), lives, disk.operations(), null);
        simulation.oracle().onCrash(this);
        if (powerLost || disk.operations() >= powerFailsAtOperation) {
            disk.crash();
        } else {
            disk.kill();
        }
        powerFailsAtOperation = Long.MAX_VALUE;
        errorInjected = disk.failsNextForce();
        simulation.network().onDeath(this);
        simulation.onDeath(dead, SimClient::onNodeDeath);
        simulation.nemesis().onDeath(this);
    }

    /** Closes the engine as a user does; what does not end in time ends by a kill. */
    void close() {
        if (life == null || life.engine == null || life.broken || life.closing) {
            return;
        }
        life.closing = true;
        awaitHandOver(life, scheduler.now() + 2 * swarm.electionTimeoutNanos);
    }

    private void awaitHandOver(Life closing, long untilNanos) {
        if (closing.ended) {
            return;
        }
        boolean handedOver = closing.engine.startClosing().isDone();
        if (isPaused() || (!handedOver && scheduler.now() < untilNanos)) {
            scheduler.after(Swarm.MILLI, () -> awaitHandOver(closing, untilNanos));
        } else if (handedOver && !closing.broken) {
            finishClosing(closing);
        } else {
            kill();
        }
    }

    private void finishClosing(Life closing) {
        long applied = closing.stateMachine.applied().index();
        closing.client = null;
        try {
            closing.engine.close();
        } catch (SimDisk.PowerLoss e) {
            crash();
            return;
        }
        if (!isDiskFaulty() && disk.operations() < powerFailsAtOperation && closing.tables.durableIndex() != applied) {
            throw simulation
                    .oracle()
                    .violation(
                            "node " + id + " closed at entry " + applied + " and kept the state at "
                                    + closing.tables.durableIndex(),
                            null);
        }
        simulation.faults().count(Kind.CLOSE);
        scheduler.after(Swarm.MILLI / 10, () -> {
            if (!closing.ended) {
                simulation.onDeath(closing, client -> {
                    throw simulation.oracle().violation("node " + id + " closed and left a call unanswered", null);
                });
                kill();
            }
        });
    }

    /** Lets the disk be full for a while. */
    void fillDisk(long nanos) {
        full = true;
        disk.setFull(true);
        scheduler.after(nanos, this::freeDisk);
    }

    private void freeDisk() {
        full = false;
        disk.setFull(false);
    }

    /** Lets the power fail in the midst of one of the next disk operations. */
    void losePowerAfter(long operations) {
        disk.failPowerAfter(operations);
        powerFailsAtOperation = disk.operations() + operations;
    }

    /** Lets the next flush of a file fail. */
    void failNextSync() {
        errorInjected = true;
        disk.failNextForce();
    }

    void pause(long nanos) {
        pausedUntilNanos = Math.max(pausedUntilNanos, scheduler.now() + nanos);
    }

    /** Now and then the process stops in the midst of a turn, behind its reading of the clock: its effects come later. */
    void beginTurn(RandomGenerator random) {
        if (!simulation.isHealed() && swarm.stall > 0 && random.nextDouble() < swarm.stall) {
            stallNanos = random.nextLong(2 * swarm.electionTimeoutNanos);
        }
    }

    /** Returns by how much later than now what a turn sends leaves. */
    long stallNanos() {
        return stallNanos;
    }

    void endTurn() {
        if (stallNanos > 0) {
            simulation.faults().count(Kind.STALL);
            pause(stallNanos);
            stallNanos = 0;
        }
    }

    boolean isPaused() {
        return scheduler.now() < pausedUntilNanos;
    }

    long pausedUntil() {
        return pausedUntilNanos;
    }

    void slowDisk(long nanos) {
        slowDiskUntilNanos = scheduler.now() + nanos;
    }

    /** Ends what faults there are, short of restarting the process. */
    void heal() {
        pausedUntilNanos = 0;
        slowDiskUntilNanos = 0;
        freeDisk();
        if (life != null && (life.broken || life.closing || errorInjected || powerFailsAtOperation != Long.MAX_VALUE)) {
            crash();
        }
        // Also those asked for while the node was down: they would strike its next life.
        disk.callOffFailures();
        powerFailsAtOperation = Long.MAX_VALUE;
        errorInjected = false;
    }

    private boolean isDiskFaulty() {
        return errorInjected || full;
    }

    /** An agent of the present life has thrown {@code cause}. */
    void onAgentFailure(Throwable cause) {
        if (!isDiskFaulty()) {
            throw simulation.oracle().violation("node " + id + " failed: " + cause, cause);
        }
        life.failing = true;
    }

    /** The engine has closed its transport: its disk failed, or there is a bug. */
    void onLeftCluster() {
        Life leaving = life;
        boolean powerLost = disk.operations() >= powerFailsAtOperation;
        if (leaving.closing && leaving.engine.startClosing().isDone()) {
            return;
        }
        if (!leaving.failing && !powerLost && !isDiskFaulty()) {
            throw simulation
                    .oracle()
                    .violation(
                            "node " + id + " broke down: "
                                    + leaving.engine.status().detail(),
                            null);
        }
        leaving.broken = true;
        simulation.nemesis().onBroken(this, powerLost);
    }

    /** How long after a wake-up the turn of an agent comes. */
    long turnDelay(String agent, RandomGenerator random) {
        long delay = 1 + random.nextLong(2 * swarm.turnNanos);
        if (!simulation.isHealed() && random.nextDouble() < swarm.slowTurn) {
            delay += random.nextLong(swarm.electionTimeoutNanos / 2);
        }
        if (agent.equals("log")) {
            delay += random.nextLong(2 * swarm.syncNanos);
            if (scheduler.now() < slowDiskUntilNanos) {
                delay += random.nextLong(3 * swarm.electionTimeoutNanos);
            }
        }
        return delay;
    }

    @Override
    public String toString() {
        return "node " + id
                + (life == null || life.raft == null
                        ? " down"
                        : " " + life.raft.role() + " term " + life.raft.term() + " commit " + life.raft.commitIndex()
                                + " last " + life.raft.lastEntry() + " applied " + life.stateMachine.applied());
    }
}
