package io.dengine.client.grpc;

import io.dengine.config.PeerAddress;
import org.jspecify.annotations.Nullable;

/** One API address: who answers there and how that went so far. Belongs to the loop. */
final class Node {

    final PeerAddress address;
    /** Whether the settings name it, so that it is never forgotten. */
    final boolean seed;
    /** Who answers there; 0 until known. */
    int id;
    /** The connection in use, open or on its way. */
    @Nullable
    Connection connection;
    /** Connections that ended since one opened. */
    int failures;
    /** Why the last one ended. */
    String problem = "not tried yet";
    /** When it may be asked again. */
    long usableFromNanos;

    Node(PeerAddress address, boolean seed, long nowNanos) {
        this.address = address;
        this.seed = seed;
        this.usableFromNanos = nowNanos;
    }

    boolean isUsable(long nowNanos) {
        return nowNanos - usableFromNanos >= 0;
    }

    /** Lets others be asked for a while, where there are any. */
    void avoid(long nowNanos, long nanos) {
        if (usableFromNanos - (nowNanos + nanos) < 0) {
            usableFromNanos = nowNanos + nanos;
        }
    }

    boolean isOpen() {
        return connection != null && connection.isOpen();
    }

    @Override
    public String toString() {
        return id == 0 ? "the node at " + address : "node " + id + " at " + address;
    }
}
