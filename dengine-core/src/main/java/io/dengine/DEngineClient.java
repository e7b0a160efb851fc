package io.dengine;

import io.dengine.api.CoordinationClient;
import io.dengine.client.grpc.ClientSettings;
import io.dengine.client.grpc.RemoteCluster;
import io.dengine.client.grpc.RemoteConnection;
import java.time.Duration;

/**
 * A client of a cluster in other processes. Thread-safe; one is enough for a program.
 *
 * <pre>{@code
 * try (DEngineClient dengine = DEngineClient.connect("10.0.0.1:7500,10.0.0.2:7500")) {
 *     var store = dengine.client().blocking();
 *     store.put(ByteSequence.of("greeting"), ByteSequence.of("hello"));
 * }
 * }</pre>
 *
 * <p>It finds the cluster from any member that it is given, follows the leader, and tries again by itself what was refused, within
 * the request timeout. What may have happened is never tried again. Watches go on at another node, without a gap and with
 * nothing twice.
 */
public final class DEngineClient implements AutoCloseable {

    private final RemoteConnection connection;

    private DEngineClient(RemoteConnection connection) {
        this.connection = connection;
    }

    /**
     * Makes a client of the cluster that the given nodes belong to. Returns at once: see {@link #awaitReady}.
     *
     * @param seeds the API addresses of one member or more as {@code host:port}, with commas between
     * @throws io.dengine.config.InvalidConfigException if one of them is no address
     */
    public static DEngineClient connect(String seeds) {
        return connect(ClientSettings.of(seeds));
    }

    /** As above, with all settings. */
    public static DEngineClient connect(ClientSettings settings) {
        return new DEngineClient(RemoteConnection.begin(settings));
    }

    /** Returns the store. It ends with this client. */
    public CoordinationClient client() {
        return connection.client();
    }

    /** Returns what shows and changes the members of the cluster and its leader. It ends with this client. */
    public RemoteCluster cluster() {
        return connection.cluster();
    }

    /** Returns the settings this client was made with. */
    public ClientSettings settings() {
        return connection.settings();
    }

    /**
     * Waits until the cluster answers linearizable reads.
     *
     * @throws io.dengine.api.RefusedException with reason NO_LEADER if that is not so within {@code timeout}
     */
    public void awaitReady(Duration timeout) {
        connection.awaitReady(timeout);
    }

    /**
     * Ends the client: waits for what is under way, at most 1 s, and then answers or fails every call. Watches are told. Idempotent.
     */
    @Override
    public void close() {
        connection.close();
    }
}
