package io.dengine.config;

import static io.dengine.config.InvalidConfigException.require;

/**
 * How safely a node keeps what it is told.
 *
 * @param durability when a write counts as safe
 * @param stateStore where the key-value table lives
 */
public record StorageSettings(Durability durability, StateStore stateStore) implements Section {

    public static final StorageSettings DEFAULT = new StorageSettings(Durability.FSYNC, StateStore.ROCKSDB);

    public StorageSettings {
        require(
                durability != Durability.MEMORY || stateStore == StateStore.MEMORY,
                "durability",
                "MEMORY keeps nothing on disk, but the state store is " + stateStore,
                "Set the state store to MEMORY as well");
    }
}
