package io.dengine.client.grpc;

import io.dengine.node.CallbackExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** The parts of one client, and how they begin and end. Thread-safe where it says so; the rest belongs to the loop. */
final class ClientCore {

    /** How old what is known of the cluster may become: a new leader is found out at the latest by then. */
    private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** The least time between two questions who the members are. */
    private static final long REFRESH_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** How long a close waits for what is under way. */
    private static final long CLOSE_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long CLOSE_TIMEOUT_SECONDS = 5;

    private final ClientSettings settings;
    private final ClientLoop loop = new ClientLoop();
    private final CallbackExecutor callbacks = new CallbackExecutor("dengine-client");
    private final Backoff reconnects;
    private final Nodes nodes;
    private final Dispatcher dispatcher;
    private final Watches watches;
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean refreshDue;
    private boolean over;

    ClientCore(ClientSettings settings) {
        RandomGenerator random = new SplittableRandom();
        this.settings = settings;
        this.reconnects = new Backoff(settings.retry(), random, loop.nanoTime());
        this.nodes = new Nodes(settings.seeds(), loop, node -> new Connection(node, this), random);
        this.dispatcher = new Dispatcher(this, new Backoff(settings.retry(), random, loop.nanoTime()));
        this.watches = new Watches(this, new Backoff(settings.retry(), random, loop.nanoTime()));
    }

    /** Begins to look for the cluster. Does not wait. */
    void start() {
        loop.execute(() -> {
            nodes.nearest();
            loop.schedule(this::tick, REFRESH_NANOS);
        });
    }

    ClientSettings settings() {
        return settings;
    }

    ClientLoop loop() {
        return loop;
    }

    /** Returns where user code runs. */
    CallbackExecutor callbacks() {
        return callbacks;
    }

    Nodes nodes() {
        return nodes;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Watches watches() {
        return watches;
    }

    private void tick() {
        if (over) {
            return;
        }
        refresh();
        Connection nearest = nodes.nearest();
        for (Connection connection : nodes.connections()) {
            if (connection != nearest && connection.isIdle(IDLE_NANOS)) {
                connection.end("it was not in use");
                connection.node().failures = 0;
            }
        }
        loop.schedule(this::tick, REFRESH_NANOS);
    }

    private void refresh() {
        nodes.connections().forEach(Connection::refresh);
    }

    /** Asks soon who the members are, since what is known seems to be old. */
    void refreshSoon() {
        if (!refreshDue && !over) {
            refreshDue = true;
            loop.schedule(
                    () -> {
                        refreshDue = false;
                        refresh();
                    },
                    REFRESH_PAUSE_NANOS);
        }
    }

    void connectionEnded(Connection connection) {
        Node node = connection.node();
        node.avoid(loop.nanoTime(), reconnects.pauseNanos(Math.max(1, node.failures)));
        if (!over) {
            refreshSoon();
        }
    }

    /** Ends everything; each call and each watch is told. Waits for what is under way, for a moment. Idempotent, from any thread. */
    void close() {
        dispatcher.refuseAll();
        boolean runs = loop.execute(() -> {
            if (!over) {
                loop.schedule(this::finish, CLOSE_GRACE_NANOS);
                nodes.connections().forEach(Connection::finish);
                dispatcher.close(this::finish);
            }
        });
        boolean interrupted = false;
        try {
            if (runs && !ended.await(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the client's loop hangs");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        callbacks.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void finish() {
        if (over) {
            return;
        }
        over = true;
        dispatcher.abandon();
        watches.close();
        List<Connection> connections = new ArrayList<>(nodes.connections());
        connections.forEach(connection -> connection.end("the client was closed"));
        // The sockets close in tasks that the loop still runs before it ends.
        loop.shutDown();
        ended.countDown();
    }
}
