package io.dengine.client.grpc;

import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.client.Answers;
import java.time.Duration;
import java.util.List;

/** All of one client: its front door makes one and closes it. Thread-safe. */
public final class RemoteConnection implements AutoCloseable {

    private final ClientCore core;
    private final CoordinationClient client;
    private final RemoteCluster cluster;

    private RemoteConnection(ClientCore core) {
        this.core = core;
        this.client = new RemoteClient(core);
        this.cluster = new RemoteCluster(core);
    }

    /** Begins to look for the cluster and returns at once. */
    public static RemoteConnection begin(ClientSettings settings) {
        ClientCore core = new ClientCore(settings);
        core.start();
        return new RemoteConnection(core);
    }

    public CoordinationClient client() {
        return client;
    }

    public RemoteCluster cluster() {
        return cluster;
    }

    public ClientSettings settings() {
        return core.settings();
    }

    /**
     * Waits until the cluster answers linearizable reads.
     *
     * @throws RefusedException with reason NO_LEADER if that is not so within {@code timeout}
     */
    public void awaitReady(Duration timeout) {
        try {
            Answers.await(
                    core.dispatcher().submit(Requests.getAll(List.of(), ReadConsistency.LINEARIZABLE), timeout),
                    timeout.plusSeconds(1).toNanos(),
                    why -> new RefusedException(Reason.TIMEOUT, why));
        } catch (RefusedException e) {
            if (!e.reason().retryable()) {
                throw e;
            }
            throw new RefusedException(
                    Reason.NO_LEADER,
                    "the cluster was not ready within " + timeout.toMillis() + " ms: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public void close() {
        core.close();
    }
}
