package io.dengine.server;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import java.util.List;

/**
 * The services of the API, for whichever gRPC server is to offer them: the node's own ({@link ApiServer}), or another one of the
 * process. Thread-safe.
 */
public final class ApiServices {

    private final OpenStreams streams = new OpenStreams();
    private final BindableService keyValue;
    private final BindableService watch;
    private final BindableService cluster;
    private final BindableService compatClient;
    private final BindableService compatCluster;

    /** Makes the services of {@code node}, to be offered by one server. */
    public ApiServices(DEngineConfig config, ApiSettings api, ServedNode node) {
        StatusMapper statuses = new StatusMapper(node.leader(), node.cluster()::members);
        UnaryCalls calls = new UnaryCalls(statuses);
        Operations operations = new Operations(node.client(), node.callbacks());
        WatchStream.Environment watches =
                new WatchStream.Environment(node.client(), statuses, streams, api.maxUnsentBytes());
        this.keyValue = withEarlyHeaders(new KeyValueService(
                operations,
                calls,
                new ExchangeStream.Environment(
                        operations, statuses, streams, api.maxInFlight(), api.maxUnsentBytes())));
        this.watch = withEarlyHeaders(new WatchService(watches));
        this.cluster = withEarlyHeaders(new ClusterService(config.nodeId(), config.clusterName(), node, calls));
        this.compatClient = withEarlyHeaders(new CompatClientService(node, operations, calls, watches));
        this.compatCluster = withEarlyHeaders(new CompatClusterService(node, calls));
    }

    private static BindableService withEarlyHeaders(BindableService service) {
        return () -> ServerInterceptors.intercept(service, new StreamHeaders());
    }

    /** Returns {@code dengine.v1.KeyValue}. */
    public BindableService keyValue() {
        return keyValue;
    }

    /** Returns {@code dengine.v1.Watch}. */
    public BindableService watch() {
        return watch;
    }

    /** Returns {@code dengine.v1.Cluster}. */
    public BindableService cluster() {
        return cluster;
    }

    /** Returns what d-engine's clients call for keys. */
    public BindableService compatClient() {
        return compatClient;
    }

    /** Returns what d-engine's clients call for the cluster. */
    public BindableService compatCluster() {
        return compatCluster;
    }

    List<BindableService> all() {
        return List.of(keyValue, watch, cluster, compatClient, compatCluster);
    }

    List<String> names() {
        return all().stream()
                .map(service -> service.bindService().getServiceDescriptor().getName())
                .toList();
    }

    /** Ends all streams with word to their clients, also those that are still to be opened: the server stops. */
    public void endStreams() {
        streams.endAll();
    }
}
