package io.dengine.example.stores;

import io.dengine.DEngine;
import io.dengine.Stores;
import io.dengine.config.DEngineConfig;
import io.dengine.node.EngineMeter;
import java.nio.file.Path;

/** The engine on the stores of this package. */
public final class OwnStores {

    private OwnStores() {}

    /** Starts a single node. */
    public static DEngine start(Path dataDir) {
        Stores stores = Stores.OWN.withLog(MvLogStore::open).withTable(MvTableStore::open);
        return DEngine.start(DEngineConfig.embedded(dataDir), EngineMeter.NONE, stores);
    }
}
