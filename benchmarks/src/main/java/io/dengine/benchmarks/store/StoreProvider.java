package io.dengine.benchmarks.store;

import java.io.IOException;

/** Makes the nodes of one system, or its clients; has a constructor without parameters. Each process that runs a system names its class. */
@FunctionalInterface
public interface StoreProvider {

    /** Starts a node, or a client; returns before a leader is known. */
    Store open(NodeSettings settings) throws IOException;
}
