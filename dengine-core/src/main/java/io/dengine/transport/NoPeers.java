package io.dengine.transport;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.function.Consumer;

/** The transport of a single node: opens no port, knows nobody. Answers at once, on the caller's thread. */
public final class NoPeers implements PeerTransport {

    private static final String UNREACHABLE = "this node listens for no peers and can reach none";

    @Override
    public void start(PeerListener listener) {}

    @Override
    public void follow(Membership membership) {}

    @Override
    public boolean send(NodeId to, PeerMessage message) {
        return false;
    }

    @Override
    public void join(PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer) {
        answer.accept(new JoinAnswer(JoinAnswer.Outcome.REFUSED, UNREACHABLE, Membership.NONE));
    }

    @Override
    public void probe(PeerAddress address, Consumer<Sighting> answer) {
        answer.accept(new Sighting(null, UNREACHABLE));
    }

    @Override
    public void close() {}
}
