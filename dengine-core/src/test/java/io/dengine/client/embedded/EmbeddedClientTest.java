package io.dengine.client.embedded;

import io.dengine.DEngine;
import io.dengine.client.CoordinationClientContract;
import io.dengine.config.DEngineConfig;

final class EmbeddedClientTest extends CoordinationClientContract {

    @Override
    protected DEngineConfig configure(DEngineConfig config) {
        return config;
    }

    @Override
    protected Opened open(DEngine engine) {
        return new Opened(engine.client(), engine);
    }
}
