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

    @Override
    public void follow(io.dengine.raft.membership.Membership membership) {
        throw new AssertionError("seam");
    }

    @Override
    public void join(
            io.dengine.config.PeerAddress seed, JoinRequest request, java.util.function.Consumer<JoinAnswer> answer) {
        throw new AssertionError("seam");
    }

    @Override
    public void probe(io.dengine.config.PeerAddress address, java.util.function.Consumer<Sighting> answer) {
        throw new AssertionError("seam");
    }
}
