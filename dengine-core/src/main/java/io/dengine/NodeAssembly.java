package io.dengine;

import io.dengine.config.DEngineConfig;
import io.dengine.config.Election;
import io.dengine.config.PeerAddress;
import io.dengine.config.Security.PeerTls;
import io.dengine.config.StateStore;
import io.dengine.node.AgentRunner;
import io.dengine.node.AgentThreads;
import io.dengine.node.CallbackExecutor;
import io.dengine.node.EngineMeter;
import io.dengine.node.EngineNode;
import io.dengine.node.NodeParts;
import io.dengine.node.PeerDirectory;
import io.dengine.node.ScheduledAgents;
import io.dengine.node.SnapshotParts;
import io.dengine.node.TableWriter;
import io.dengine.raft.Raft;
import io.dengine.raft.RaftConfig;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.Self;
import io.dengine.statemachine.KvStateMachine;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.WriteBehindTables;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.statemachine.rocksdb.RocksTableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStore;
import io.dengine.storage.Standing;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.file.DataDirectory;
import io.dengine.storage.file.FileLogStore;
import io.dengine.transport.NoPeers;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.netty.NettyPeerConfig;
import io.dengine.transport.netty.NettyPeerTransport;
import io.dengine.transport.netty.PeerThread;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the concrete parts of one node together, and takes apart what was opened when a later part fails. */
final class NodeAssembly {

    private static final Logger log = LoggerFactory.getLogger(NodeAssembly.class);

    /** How much one apply batch holds at most; small enough that reads do not wait long for it. */
    private static final int MAX_APPLY_BYTES = 4 << 20;

    /** Holds the largest batch of entries that {@code log.maxAppendBytes} allows, and the largest single command. */
    private static final int MAX_FRAME_BYTES = 24 << 20;

    /** What waits for one slow peer: all its windows, and what may be forwarded to it. */
    private static final long MAX_QUEUED_BYTES = 128L << 20;

    private final DEngineConfig config;
    private final EngineMeter meter;
    private final Stores stores;
    private final Disk disk;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final LongSupplier nanoClock = clockFromNow();
    private final SecureRandom random = new SecureRandom();
    private @Nullable EngineNode node;

    private NodeAssembly(DEngineConfig config, EngineMeter meter, Stores stores, Disk disk) {
        this.config = config;
        this.meter = meter;
        this.stores = stores;
        this.disk = disk;
    }

    static NodeAssembly start(DEngineConfig config, EngineMeter meter, Stores stores, Disk disk) {
        NodeAssembly assembly = new NodeAssembly(config, meter, stores, disk);
        try {
            assembly.assemble();
            return assembly;
        } catch (RuntimeException | Error e) {
            assembly.releaseAfter(e);
            throw e;
        }
    }

    private void assemble() {
        int voters = config.members().size();
        if (voters > 0 && voters % 2 == 0) {
            log.warn(
                    "node {}: {} members are configured; an even number tolerates no more failures than one less",
                    config.nodeId(),
                    voters);
        }
        DataDirectory directory = keep(
                DataDirectory.open(disk, config.dataDir(), config.clusterName(), config.nodeId(), UUID::randomUUID));
        try {
            assemble(directory);
        } catch (StorageFailure e) {
            if (e.kind() != StorageFailure.Kind.CORRUPT || node != null || isAlone(directory)) {
                throw e;
            }
            log.error(
                    "node {}: its data is damaged. It is set aside, and the node asks its cluster to take it in anew",
                    config.nodeId(),
                    e);
            closeAllButDirectory(e);
            directory.setAside();
            assemble(directory);
        }
    }

    /** Returns whether nobody is known whom the data could be fetched from: then it is left as it is, for someone to look at. */
    private boolean isAlone(DataDirectory directory) {
        Set<PeerAddress> others = new HashSet<>(config.seeds());
        others.addAll(directory.seeds());
        others.remove(config.address());
        return others.isEmpty();
    }

    private void closeAllButDirectory(StorageFailure cause) {
        while (!(opened.peek() instanceof DataDirectory)) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
    }

    private void assemble(DataDirectory directory) {
        LogStore log = keep(openLog(directory.log()));
        directory.finishInstall(log);
        TableWriter tableWriter = keep(new TableWriter(threadPrefix()));
        TableStore tables = openTables(directory.state(), tableWriter);
        SnapshotParts snapshots = new SnapshotParts(directory, new Opener(tableWriter), tables.kind());
        StateMachine stateMachine =
                keep(new KvStateMachine(tables, config.snapshots().stateHashInterval()));
        EventHistory history =
                keep(openHistory(directory.history(), stateMachine.applied().revision()));
        CallbackExecutor callbacks = keep(new CallbackExecutor(threadPrefix()));
        WatchHub watches = keep(
                new WatchHub(history, config.watch(), stateMachine.applied().revision(), callbacks));
        Membership applied = stateMachine.applied().membership();
        boolean founder = directory.standing() == Standing.FOUNDER;
        Membership first = !founder ? Membership.NONE : config.firstMembership();
        Membership membership = applied.equals(Membership.NONE) ? first : applied;
        if (founder && membership.equals(Membership.NONE)) {
            directory.become(Standing.JOINING);
        }
        Raft raft = new Raft(
                raftConfig(),
                new Self(config.nodeId(), directory.storageId(), directory.standing() == Standing.FOUNDER),
                membership,
                log.hardState(),
                log,
                stateMachine.applied().index(),
                nanoClock.getAsLong(),
                random);
        PeerDirectory peers = new PeerDirectory(raft.membership(), directory::recognizes);
        AgentRunner threads = new AgentThreads(threadPrefix(), nanoClock);
        PeerAddress own = config.address();
        PeerThread peerThread = own == null ? null : keep(new PeerThread(threadPrefix() + "-loop"));
        PeerTransport transport =
                keep(own == null || peerThread == null ? new NoPeers() : transport(own, directory, peers, peerThread));
        // From here on the node closes all that it is given; the directory and the threads are left to this assembly.
        opened.clear();
        keep(directory);
        keep(tableWriter);
        keep(callbacks);
        if (peerThread != null) {
            keep(peerThread);
        }
        node = EngineNode.start(new NodeParts(
                config,
                raft,
                log,
                stateMachine,
                history,
                watches,
                snapshots,
                peers,
                transport,
                callbacks,
                threads,
                peerThread == null ? threads : new ScheduledAgents(peerThread.executor(), nanoClock),
                nanoClock,
                random,
                meter));
    }

    /** The monotonic clock, started at 0 so that no sum of times comes near overflow. */
    private static LongSupplier clockFromNow() {
        long origin = System.nanoTime();
        return () -> System.nanoTime() - origin;
    }

    private String threadPrefix() {
        return "dengine-" + config.nodeId();
    }

    private LogStore openLog(Path directory) {
        return stores.log() != null
                ? stores.log().apply(directory)
                : FileLogStore.open(disk, directory, config.log().segmentBytes(), config.durability());
    }

    private TableStore openTables(Path state, TableWriter writer) {
        return new WriteBehindTables(openStore(state), random.nextLong(), writer);
    }

    private TableStore openStore(Path state) {
        if (stores.table() != null) {
            return stores.table().apply(state);
        }
        return config.stateStore() == StateStore.MEMORY
                ? MemoryTableStore.open(disk, state)
                : RocksTableStore.open(state);
    }

    private EventHistory openHistory(Path history, long revision) {
        return EventHistory.open(disk, history, config.watch(), revision);
    }

    /** Opens what a snapshot brings as at the start. */
    private final class Opener implements SnapshotParts.Opener {

        private final TableWriter tableWriter;

        Opener(TableWriter tableWriter) {
            this.tableWriter = tableWriter;
        }

        @Override
        public TableStore tables(Path state) {
            return openTables(state, tableWriter);
        }

        @Override
        public EventHistory history(Path history, long revision) {
            return openHistory(history, revision);
        }
    }

    private RaftConfig raftConfig() {
        Election election = config.election();
        return new RaftConfig(
                election.timeout().toNanos(),
                election.heartbeat().toNanos(),
                election.maxClockDrift(),
                config.log().maxAppendBytes(),
                config.log().maxInflightAppends(),
                MAX_APPLY_BYTES,
                config.log().cacheBytes());
    }

    private PeerTransport transport(
            PeerAddress own, DataDirectory directory, PeerDirectory peers, PeerThread peerThread) {
        PeerAddress bind =
                config.peering().bind() == null ? own : config.peering().bind();
        PeerTls tls = config.security().peers();
        if (tls == null && !bind.isLoopback()) {
            log.warn(
                    "node {}: the peer port {} speaks plaintext: whoever reaches it can read everything and be a member. "
                            + "Set TLS up, or leave it to a network that only members are on",
                    config.nodeId(),
                    bind);
        }
        return new NettyPeerTransport(
                new NettyPeerConfig(
                        config.nodeId(),
                        directory.clusterId(),
                        directory.storageId(),
                        bind,
                        own,
                        config.apiAddress(),
                        config.members(),
                        MAX_FRAME_BYTES,
                        MAX_QUEUED_BYTES,
                        config.election().timeout().dividedBy(2),
                        config.election().timeout(),
                        peers,
                        tls),
                peerThread);
    }

    EngineNode node() {
        if (node == null) {
            throw new IllegalStateException("the node was not started");
        }
        return node;
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.push(part);
        return part;
    }

    private void releaseAfter(Throwable cause) {
        try {
            release();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /** Closes what is still open, newest first. The directory stays locked where a thread may still write in it. */
    void release() {
        if (node != null && node.hasThreadLeft()) {
            opened.removeIf(DataDirectory.class::isInstance);
        }
        IllegalStateException failure = null;
        while (!opened.isEmpty()) {
            AutoCloseable part = opened.pop();
            try {
                part.close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("node " + config.nodeId() + " could not release all its parts");
                }
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
