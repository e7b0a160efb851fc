package io.dengine.standalone;

import io.dengine.DEngine;
import io.dengine.api.FatalException;
import io.dengine.api.RefusedException;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node as a process of its own. Thread-safe. */
public final class DEngineServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DEngineServer.class);

    /**
     * gRPC writes the stack of each connection that fails there, to standard error; what is of use in it the node says in a line.
     * Held here, since a level is forgotten with its logger.
     */
    private static final java.util.logging.Logger GRPC_CONNECTIONS =
            java.util.logging.Logger.getLogger("io.grpc.netty.NettyServerTransport.connections");

    /** How often a broken node is looked for, so that the process ends and whoever runs it can start another. */
    private static final long LOOK_MILLIS = 500;

    private final DEngine engine;
    private final @Nullable HttpChecks checks;
    private final Duration startTimeout;
    private final CountDownLatch closed = new CountDownLatch(1);

    private DEngineServer(DEngine engine, @Nullable HttpChecks checks, Duration startTimeout) {
        this.engine = engine;
        this.checks = checks;
        this.startTimeout = startTimeout;
    }

    /**
     * Starts a node, which serves once its cluster has a leader.
     *
     * @throws io.dengine.storage.StorageFailure if the data directory is in use, belongs to another node or cluster, or cannot
     *     be read
     * @throws io.dengine.transport.PortInUseException if an address that the node is to listen on is taken
     */
    public static DEngineServer start(ServerSettings settings) {
        settings.warnings().forEach(log::warn);
        GRPC_CONNECTIONS.setLevel(Level.WARNING);
        DEngineConfig config = settings.config();
        DEngine engine = DEngine.start(config);
        DEngineServer server = new DEngineServer(engine, checks(engine, settings.http()), settings.startTimeout());
        log.info(
                "node {} of the cluster '{}' runs on {}; address for peers: {}; for clients: {}",
                config.nodeId(),
                config.clusterName(),
                config.dataDir().toAbsolutePath(),
                config.address() == null ? "none, so it cannot be joined" : config.address(),
                config.apiAddress() == null ? "none, so it serves nobody (api.address)" : config.apiAddress());
        return server;
    }

    private static @Nullable HttpChecks checks(DEngine engine, @Nullable PeerAddress address) {
        try {
            return address == null ? null : HttpChecks.start(engine, address);
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** That it takes long is no failure: the other members may start later. */
    private void awaitReady() {
        if (startTimeout.isZero()) {
            return;
        }
        try {
            engine.awaitReady(startTimeout);
            log.info("node {} is ready", engine.nodeId());
        } catch (RefusedException e) {
            log.warn("node {} runs, but cannot serve yet: {}", engine.nodeId(), e.getMessage());
        }
    }

    /**
     * Runs until {@link #close}, which is called when the process is told to end (SIGTERM, SIGINT, SIGHUP).
     *
     * @throws FatalException if the node has broken
     */
    public void run() {
        Thread hook = new Thread(this::close, "dengine-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        awaitReady();
        try {
            while (!closed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                requireUnbroken();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    private void requireUnbroken() {
        NodeStatus status = engine.status();
        if (status.health() == NodeHealth.FAILED || status.health() == NodeHealth.DISK_FULL) {
            throw new FatalException("node " + status.nodeId() + " has broken: " + status.detail(), null);
        }
    }

    /** Returns the node. */
    public DEngine engine() {
        return engine;
    }

    /** Hands leadership over and ends the node; bounded by two election timeouts. Idempotent. */
    @Override
    public void close() {
        if (checks != null) {
            checks.close();
        }
        engine.close();
        closed.countDown();
    }
}
