package io.dengine.config;

/** Where the key-value table lives. */
public enum StateStore {
    /** In RocksDB under the data directory. The default. */
    ROCKSDB,
    /** In memory, rebuilt from the whole log at start: for small states and tests. */
    MEMORY
}
