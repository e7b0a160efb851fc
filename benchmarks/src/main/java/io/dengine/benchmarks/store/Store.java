package io.dengine.benchmarks.store;

import java.util.concurrent.CompletableFuture;

/** One node of a system in this process, or a client of nodes in others. Thread-safe. */
public interface Store extends AutoCloseable {

    /** Returns whether the load is to be driven from here: this node leads, or this client is connected. */
    boolean leads();

    /** Returns the version of the system. */
    String version();

    /** Sets a key. The future completes once the write is as safe as the system makes it. */
    CompletableFuture<?> put(byte[] key, byte[] value);

    @Override
    void close();
}
