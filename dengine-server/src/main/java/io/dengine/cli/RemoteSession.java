package io.dengine.cli;

import io.dengine.DEngineClient;
import io.dengine.api.CoordinationClient;
import io.dengine.client.grpc.ClientSettings;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.NodeId;
import io.dengine.tls.PemFiles;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A cluster in other processes. Thread-safe. */
final class RemoteSession implements Session {

    private final DEngineClient client;

    private RemoteSession(DEngineClient client) {
        this.client = client;
    }

    static Session connect(Access access) {
        ClientSettings settings = ClientSettings.of(access.endpoints()).withRequestTimeout(access.requestTimeout());
        Path trusted = access.trusted();
        return new RemoteSession(
                DEngineClient.connect(trusted == null ? settings : settings.withTlsFrom(materialOf(trusted, access))));
    }

    private static PemFiles materialOf(Path trusted, Access access) {
        Path certificate = access.certificate();
        Path privateKey = access.privateKey();
        return certificate == null || privateKey == null
                ? PemFiles.trusting(trusted)
                : PemFiles.open(certificate, privateKey, trusted);
    }

    @Override
    public CoordinationClient client() {
        return client.client();
    }

    @Override
    public ClusterAdmin cluster() {
        return client.cluster();
    }

    @Override
    public CompletableFuture<NodeStatus> status(@Nullable NodeId node) {
        return node == null ? client.cluster().status() : client.cluster().status(node);
    }

    @Override
    public CompletableFuture<Long> snapshot(@Nullable NodeId node) {
        return node == null ? client.cluster().snapshot() : client.cluster().snapshot(node);
    }

    @Override
    public void close() {
        client.close();
    }
}
