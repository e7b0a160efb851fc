package io.dengine.benchmarks.store;

import io.dengine.DEngine;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;
import io.dengine.api.WatchRequest;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.LogSettings;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import io.dengine.config.StorageSettings;
import io.dengine.raft.membership.NodeId;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** dengine, embedded: its defaults, but for what the settings name. */
public final class DEngineNodes implements StoreProvider {

    static final String HOST = "127.0.0.1";

    @Override
    public Store open(NodeSettings settings) {
        return new EmbeddedNode(DEngine.start(config(settings)));
    }

    private static DEngineConfig config(NodeSettings settings) {
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        for (int id = 1; id <= settings.peerPorts().size(); id++) {
            members.put(NodeId.of(id), new PeerAddress(HOST, settings.withId(id).peerPort()));
        }
        DEngineConfig config = DEngineConfig.member(settings.id(), settings.ownDirectory(), "benchmark", members)
                .with(new StorageSettings(
                        Durability.valueOf(
                                settings.durability().toUpperCase(Locale.ROOT).replace('-', '_')),
                        settings.state() == NodeSettings.State.HASH ? StateStore.MEMORY : StateStore.ROCKSDB));
        if (!settings.clientPorts().isEmpty()) {
            int port = settings.clientPorts().get(settings.id() - 1);
            config = config.with(ApiSettings.at(new PeerAddress(HOST, port)));
        }
        LogSettings log = LogSettings.DEFAULT;
        return settings.logBytes() == 0
                ? config
                : config.with(new LogSettings(
                        log.segmentBytes(),
                        log.maxAppendBytes(),
                        log.maxInflightAppends(),
                        log.cacheBytes(),
                        settings.logBytes(),
                        Long.MAX_VALUE,
                        Duration.ofDays(1)));
    }

    static ReadConsistency consistency(ReadableStore.Read read) {
        return ReadConsistency.valueOf(read.name());
    }

    static String dengineVersion() {
        return System.getProperty("benchmarks.commit", "from source");
    }

    /** What a node of dengine and a client of it have in common: the client's interface. */
    abstract static class ClientStore implements WatchableStore {

        private final CoordinationClient client;

        ClientStore(CoordinationClient client) {
            this.client = client;
        }

        @Override
        public String version() {
            return dengineVersion();
        }

        @Override
        public CompletableFuture<?> put(byte[] key, byte[] value) {
            return client.put(ByteSequence.wrap(key), ByteSequence.wrap(value));
        }

        @Override
        public CompletableFuture<?> put(byte[] key, byte[] value, Duration ttl) {
            return client.put(ByteSequence.wrap(key), ByteSequence.wrap(value), ttl);
        }

        @Override
        public CompletableFuture<?> get(byte[] key, Read read) {
            return client.get(ByteSequence.wrap(key), consistency(read));
        }

        @Override
        public void watch(byte[] key, Consumer<byte[]> listener) {
            client.watch(
                    WatchRequest.key(ByteSequence.wrap(key)),
                    (revision, events) -> events.forEach(
                            event -> listener.accept(event.entry().value().toByteArray())));
        }
    }

    private static final class EmbeddedNode extends ClientStore implements SteerableStore {

        private final DEngine engine;

        EmbeddedNode(DEngine engine) {
            super(engine.client());
            this.engine = engine;
        }

        @Override
        public boolean leads() {
            return engine.isLeader();
        }

        @Override
        public CompletableFuture<?> transferLeadership() {
            return engine.cluster().transferLeadership(null);
        }

        @Override
        public void close() {
            engine.close();
        }
    }
}
