package io.dengine.benchmarks;

import io.dengine.benchmarks.process.ControlledProcess;
import io.dengine.benchmarks.store.NodeSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Three nodes of one system, and a client where it takes one. Used by one thread. */
final class Cluster implements AutoCloseable {

    private static final Duration START_PATIENCE = Duration.ofSeconds(90);
    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int NODES = 3;

    private final SystemKind kind;
    private final SystemSpec spec;
    private final NodeSettings settings;
    private final List<ControlledProcess> nodes = new ArrayList<>();
    private @Nullable ControlledProcess client;

    private Cluster(SystemKind kind, SystemSpec spec, NodeSettings settings) {
        this.kind = kind;
        this.spec = spec;
        this.settings = settings;
    }

    static Cluster start(SystemKind kind, SystemSpec spec, Path directory, long logBytes)
            throws IOException, InterruptedException {
        if (spec.oneProcess() && (kind.driver() != null || !kind.jvm())) {
            throw new IllegalArgumentException(spec + ": only a system that is driven from within runs in one JVM");
        }
        List<Integer> ports = freePorts(2 * NODES);
        NodeSettings settings = new NodeSettings(
                1,
                ports.subList(0, NODES),
                kind.driver() == null ? List.of() : ports.subList(NODES, 2 * NODES),
                directory,
                spec.state(),
                spec.durability(),
                logBytes);
        Cluster cluster = new Cluster(kind, spec, settings);
        try {
            int processes = spec.oneProcess() ? 1 : NODES;
            for (int id = 1; id <= processes; id++) {
                cluster.nodes.add(cluster.startNode(id));
            }
            if (kind.driver() != null) {
                NodeSettings ofClient = settings.withId(0);
                cluster.client = ControlledProcess.start(
                        "client", directory, kind.driver().command(ofClient, false));
            }
            cluster.driver();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private ControlledProcess startNode(int id) throws IOException {
        return ControlledProcess.start(
                "n" + id, settings.directory(), kind.node().command(settings.withId(id), spec.oneProcess()));
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Waits for a leader, and returns the process that the load is driven from. */
    ControlledProcess driver() throws InterruptedException {
        ControlledProcess waiting = client;
        return waiting == null ? leader() : await(List.of(waiting));
    }

    /** Waits for a leader among nodes that answer commands, and returns it. */
    ControlledProcess leader() throws InterruptedException {
        return await(nodes);
    }

    private ControlledProcess await(List<ControlledProcess> candidates) throws InterruptedException {
        long until = System.nanoTime() + START_PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            for (ControlledProcess candidate : candidates) {
                if (!candidate.isAlive()) {
                    // It may be one that a scenario killed; if none is left, the answer below says what it said.
                    if (candidates.stream().noneMatch(ControlledProcess::isAlive)) {
                        candidate.answer("leads", ANSWER_PATIENCE);
                    }
                    continue;
                }
                candidate.tell("leads");
                if (candidate.answer("leads", ANSWER_PATIENCE).equals("true")) {
                    return candidate;
                }
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        throw new IllegalStateException(
                spec + " found no leader within " + START_PATIENCE.toSeconds() + " s; see " + settings.directory());
    }

    /** Starts a node of which the process ended, in its old place. */
    void restart(ControlledProcess ended) throws IOException {
        int index = nodes.indexOf(ended);
        nodes.set(index, startNode(index + 1));
    }

    /** Waits until every node runs. */
    void awaitAll() throws InterruptedException {
        for (ControlledProcess node : nodes) {
            node.tell("leads");
            node.answer("leads", START_PATIENCE);
        }
    }

    List<ControlledProcess> nodes() {
        return List.copyOf(nodes);
    }

    boolean hasClient() {
        return client != null;
    }

    /** Returns the processes that are alive, the client's too. */
    List<Long> pids() {
        List<ControlledProcess> all = new ArrayList<>(nodes);
        if (client != null) {
            all.add(client);
        }
        return all.stream()
                .filter(ControlledProcess::isAlive)
                .map(ControlledProcess::pid)
                .toList();
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
        // What was measured is over: no node need hand over or flush.
        try {
            for (ControlledProcess node : nodes) {
                node.kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(ControlledProcess::close);
    }
}
