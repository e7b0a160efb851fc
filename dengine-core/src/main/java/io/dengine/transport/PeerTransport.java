package io.dengine.transport;

import io.dengine.raft.membership.NodeId;

/**
 * Carries messages to peers. Thread-safe. Messages to one peer may be lost, and an urgent one (heartbeat, vote) may
 * overtake a large one; otherwise they arrive in order.
 */
public interface PeerTransport extends AutoCloseable {

    /**
     * Starts to listen and to connect; {@code listener} gets all that arrives.
     *
     * @throws PortInUseException if the own address is taken
     */
    void start(PeerListener listener);

    /**
     * Sends, or drops where the peer is not connected or its queue is full. Never blocks, never throws.
     *
     * @return false if the message was certainly not sent; true promises nothing
     */
    boolean send(NodeId to, PeerMessage message);

    /** Closes all connections; drops what is queued. Idempotent. */
    @Override
    void close();

    /** Gets what arrives. Called on transport threads; must not block. */
    interface PeerListener {

        /** {@code from} has proved to be a member of this cluster. */
        void onMessage(NodeId from, PeerMessage message);

        /** The connection to or from {@code peer} broke: answers that were expected over it may never come. */
        void onDisconnected(NodeId peer);
    }
}
