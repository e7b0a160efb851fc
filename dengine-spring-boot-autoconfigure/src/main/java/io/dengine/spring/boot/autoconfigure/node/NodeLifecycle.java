package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.DEngine;
import io.dengine.Stores;
import io.dengine.api.CoordinationClient;
import io.dengine.api.RefusedException;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.DEngineConfig;
import io.dengine.node.EngineMeter;
import io.dengine.node.LeaderListener;
import io.dengine.node.MembershipListener;
import io.dengine.node.NodeHealth;
import io.dengine.server.ServedNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * Runs the engine while the application context runs: up before web server and listeners, down after them. Thread-safe.
 *
 * <p>Each start makes a new engine on the same configuration, so the context may be paused and restarted: a paused test
 * context gives its data directory and port free for the next. {@link #client()} and {@link #cluster()} stay the same
 * objects throughout.
 */
public final class NodeLifecycle implements SmartLifecycle, DisposableBean {

    /** Below the web server (MAX - 2048) and everything that listens, which may use the store until they have stopped. */
    public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 4096;

    private static final LeaderListener.LeaderChange NOBODY = new LeaderListener.LeaderChange(0, null, false);

    private static final Logger log = LoggerFactory.getLogger(NodeLifecycle.class);

    private final DEngineConfig config;
    private final Duration startTimeout;
    private final EngineMeter meter;
    private final Stores stores;
    private final List<LeaderListener> leaderListeners;
    private final List<MembershipListener> membershipListeners;
    private final NodeClient client = new NodeClient();
    private final NodeClusterAdmin cluster = new NodeClusterAdmin();
    private final List<AutoCloseable> registrations = new ArrayList<>(); // guarded by this
    private volatile @Nullable DEngine engine;

    NodeLifecycle(
            DEngineConfig config,
            Duration startTimeout,
            EngineMeter meter,
            Stores stores,
            List<LeaderListener> leaderListeners,
            List<MembershipListener> membershipListeners) {
        this.config = config;
        this.startTimeout = startTimeout;
        this.meter = meter;
        this.stores = stores;
        this.leaderListeners = List.copyOf(leaderListeners);
        this.membershipListeners = List.copyOf(membershipListeners);
    }

    /** Returns the client of whichever engine runs; while none does, it refuses with reason CLOSED. */
    public CoordinationClient client() {
        return client;
    }

    /** As {@link #client()}, for the members of the cluster. */
    public ClusterAdmin cluster() {
        return cluster;
    }

    /** As {@link #client()}, for gRPC services on a server of the application. */
    public ServedNode served() {
        return new ServedNode(
                client,
                cluster,
                () -> running().status(),
                () -> engine().map(DEngine::health).orElse(NodeHealth.CLOSED),
                () -> engine().map(running -> running.served().leader().get()).orElse(NOBODY),
                listener -> running().addMembershipListener(listener),
                task -> running().served().callbacks().execute(task));
    }

    private DEngine running() {
        DEngine now = engine;
        if (now == null) {
            throw NodeClient.notRunning();
        }
        return now;
    }

    /** Returns the engine, empty while the context is not started. */
    public Optional<DEngine> engine() {
        return Optional.ofNullable(engine);
    }

    /** Returns what the engine is started with. */
    public DEngineConfig config() {
        return config;
    }

    @Override
    public synchronized void start() {
        if (engine != null) {
            return;
        }
        DEngine started = DEngine.start(config, meter, stores);
        engine = started;
        client.connect(started.client());
        cluster.connect(started.cluster());
        leaderListeners.forEach(listener -> registrations.add(started.addLeaderListener(listener)));
        membershipListeners.forEach(listener -> registrations.add(started.addMembershipListener(listener)));
        if (startTimeout.compareTo(Duration.ZERO) > 0) {
            awaitReady(started);
        }
    }

    /** Members start one after another: the first has no quorum yet, and must not keep its application down for that. */
    private void awaitReady(DEngine started) {
        try {
            started.awaitReady(startTimeout);
        } catch (RefusedException e) {
            log.warn("the application starts without a ready node, health is DOWN until it is: {}", e.getMessage());
        }
    }

    @Override
    public synchronized void stop() {
        DEngine stopping = engine;
        if (stopping != null) {
            engine = null;
            client.disconnect();
            cluster.disconnect();
            try {
                stopping.close();
            } finally {
                closeRegistrations();
            }
        }
    }

    /** Only after the engine, at whose close a leader's listeners hear that it leads no longer. */
    private void closeRegistrations() {
        for (AutoCloseable registration : registrations) {
            try {
                registration.close();
            } catch (Exception e) {
                throw new IllegalStateException("a listener of the dengine node could not be removed", e);
            }
        }
        registrations.clear();
    }

    @Override
    public boolean isRunning() {
        return engine != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /** Where the context fails before it is started wholly, nobody else stops the engine. */
    @Override
    public void destroy() {
        stop();
    }
}
