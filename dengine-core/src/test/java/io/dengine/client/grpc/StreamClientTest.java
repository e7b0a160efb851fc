package io.dengine.client.grpc;

import io.dengine.DEngine;
import io.dengine.DEngineClient;
import io.dengine.FreePorts;
import io.dengine.client.CoordinationClientContract;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import java.util.List;
import java.util.Objects;

final class StreamClientTest extends CoordinationClientContract {

    @Override
    protected DEngineConfig configure(DEngineConfig config) {
        return config.with(ApiSettings.at(FreePorts.address()));
    }

    @Override
    protected Opened open(DEngine engine) {
        DEngineClient client = DEngineClient.connect(
                ClientSettings.of(List.of(Objects.requireNonNull(engine.config().apiAddress())))
                        .withLimits(engine.config().limits())
                        .withCalls(ClientSettings.Calls.STREAM));
        return new Opened(client.client(), client);
    }
}
