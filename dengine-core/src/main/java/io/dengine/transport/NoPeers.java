package io.dengine.transport;

import io.dengine.raft.membership.NodeId;

/** The transport of a single node: opens no port, knows nobody. */
public final class NoPeers implements PeerTransport {

    @Override
    public void start(PeerListener listener) {}

    @Override
    public boolean send(NodeId to, PeerMessage message) {
        return false;
    }

    @Override
    public void close() {}
}
