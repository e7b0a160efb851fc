package io.dengine.benchmarks.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A store with watches and keys that expire. Thread-safe. */
public interface WatchableStore extends ReadableStore {

    /** Calls {@code listener} with each new value of {@code key}, until the store closes. */
    void watch(byte[] key, Consumer<byte[]> listener);

    CompletableFuture<?> put(byte[] key, byte[] value, Duration ttl);
}
