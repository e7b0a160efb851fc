package io.dengine;

import io.dengine.api.CoordinationClient;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.client.embedded.EmbeddedClient;
import io.dengine.client.embedded.EmbeddedClusterAdmin;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.node.EngineMeter;
import io.dengine.node.EngineNode;
import io.dengine.node.LeaderListener;
import io.dengine.node.MembershipListener;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.NodeId;
import io.dengine.server.ApiServer;
import io.dengine.server.ServedNode;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.NioDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A running node with its store. Thread-safe.
 *
 * <pre>{@code
 * try (DEngine engine = DEngine.start(Path.of("data"))) {
 *     var store = engine.client().blocking();
 *     store.put(ByteSequence.of("greeting"), ByteSequence.of("hello"));
 * }
 * }</pre>
 */
public final class DEngine implements AutoCloseable {

    private final EngineNode node;
    private final CoordinationClient client;
    private final ClusterAdmin cluster;
    private final NodeAssembly assembly;
    private final @Nullable ApiServer api;
    private boolean closed; // guarded by assembly

    private DEngine(NodeAssembly assembly) {
        this.node = assembly.node();
        this.client = new EmbeddedClient(node);
        this.cluster = new EmbeddedClusterAdmin(node);
        this.assembly = assembly;
        ApiSettings settings = node.config().api();
        this.api = settings == null || !settings.ownPort() ? null : ApiServer.start(node.config(), settings, served());
    }

    /** Returns what gRPC services need of this node, for another server of the process to offer them. */
    public ServedNode served() {
        return new ServedNode(
                client,
                cluster,
                node::status,
                node::health,
                node::leader,
                node::addMembershipListener,
                node.callbacks());
    }

    /** Starts a single node that keeps its data in {@code dataDir} and opens no port. */
    public static DEngine start(Path dataDir) {
        return start(DEngineConfig.embedded(dataDir));
    }

    /**
     * Starts a node. Returns once it runs, which is before a leader is known: see {@link #awaitReady}.
     *
     * @throws io.dengine.storage.StorageFailure if the data directory is in use, belongs to another node or cluster, or
     *     cannot be read
     * @throws io.dengine.transport.PortInUseException if an address that the node is to listen on is taken
     */
    public static DEngine start(DEngineConfig config) {
        return start(config, EngineMeter.NONE);
    }

    /** As above; {@code meter} gets durations and outcomes. */
    public static DEngine start(DEngineConfig config, EngineMeter meter) {
        return start(config, meter, Stores.OWN);
    }

    /** As above, on {@code stores}. */
    public static DEngine start(DEngineConfig config, EngineMeter meter, Stores stores) {
        Disk disk = config.durability() == Durability.MEMORY ? new MemoryDisk() : new NioDisk();
        return start(config, meter, stores, disk);
    }

    static DEngine start(DEngineConfig config, EngineMeter meter, Disk disk) {
        return start(config, meter, Stores.OWN, disk);
    }

    private static DEngine start(DEngineConfig config, EngineMeter meter, Stores stores, Disk disk) {
        NodeAssembly assembly = NodeAssembly.start(config, meter, stores, disk);
        try {
            return new DEngine(assembly);
        } catch (RuntimeException e) {
            assembly.node().close();
            assembly.release();
            throw e;
        }
    }

    /** Returns the client of this node. It ends with the node. */
    public CoordinationClient client() {
        return client;
    }

    /**
     * Waits until this node answers linearizable reads, so a leader is known and this node has caught up with it.
     *
     * @throws RefusedException with reason NO_LEADER if that is not so within {@code timeout}
     */
    public void awaitReady(Duration timeout) {
        try {
            node.readBarrier(timeout).get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw notReady(timeout, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RefusedException refused && refused.reason() != Reason.TIMEOUT) {
                throw refused;
            }
            throw notReady(timeout, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notReady(timeout, e);
        }
    }

    private RefusedException notReady(Duration timeout, Exception cause) {
        return new RefusedException(
                Reason.NO_LEADER,
                "node " + nodeId() + " was not ready within " + timeout.toMillis() + " ms: "
                        + node.status().detail(),
                cause);
    }

    /** Returns whether this node leads and has applied everything acknowledged before. */
    public boolean isLeader() {
        return node.leader().self();
    }

    /** Returns the leader this node follows or is; empty while none is known. */
    public Optional<NodeId> leader() {
        return Optional.ofNullable(node.leaderId());
    }

    /** Returns this node's id within its cluster. */
    public NodeId nodeId() {
        return node.config().nodeId();
    }

    /** Returns the settings this node was started with. */
    public DEngineConfig config() {
        return node.config();
    }

    /** Returns the node as it is now. */
    public NodeStatus status() {
        return node.status();
    }

    /** Returns whether this node can serve. Unlike {@link #status}, takes no time. */
    public NodeHealth health() {
        return node.health();
    }

    /** Adds a listener, which is told of the present leader first; closing the result removes it. */
    public AutoCloseable addLeaderListener(LeaderListener listener) {
        return node.addLeaderListener(listener);
    }

    /** Adds a listener, which is told of the present members first; closing the result removes it. */
    public AutoCloseable addMembershipListener(MembershipListener listener) {
        return node.addMembershipListener(listener);
    }

    /** Returns what changes the members of the cluster and its leader. It ends with this node. */
    public ClusterAdmin cluster() {
        return cluster;
    }

    /**
     * Closes the port for clients, hands leadership over, answers or fails every pending call, and leaves a clean directory. Bounded: it waits for a
     * successor no longer than two election timeouts. Idempotent; a second caller waits for the first.
     */
    @Override
    public void close() {
        // One at a time: the directory must not be given free while another thread still closes files in it.
        synchronized (assembly) {
            if (!closed) {
                closed = true;
                if (api != null) {
                    api.close();
                }
                node.close();
                assembly.release();
            }
        }
    }
}
