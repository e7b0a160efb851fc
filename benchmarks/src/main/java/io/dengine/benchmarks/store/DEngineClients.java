package io.dengine.benchmarks.store;

import io.dengine.DEngineClient;
import io.dengine.api.RefusedException;
import io.dengine.benchmarks.store.DEngineNodes.ClientStore;
import java.time.Duration;
import java.util.stream.Collectors;

/** dengine's own client over gRPC, with its defaults: operations travel on one stream. */
public final class DEngineClients implements StoreProvider {

    @Override
    public Store open(NodeSettings settings) {
        return new RemoteStore(DEngineClient.connect(settings.clientPorts().stream()
                .map(port -> DEngineNodes.HOST + ":" + port)
                .collect(Collectors.joining(","))));
    }

    private static final class RemoteStore extends ClientStore {

        private final DEngineClient client;

        RemoteStore(DEngineClient client) {
            super(client.client());
            this.client = client;
        }

        @Override
        public boolean leads() {
            try {
                client.awaitReady(Duration.ofSeconds(1));
                return true;
            } catch (RefusedException e) {
                return false;
            }
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
