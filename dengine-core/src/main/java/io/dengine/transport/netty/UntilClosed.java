package io.dengine.transport.netty;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.dengine.transport.PeerTransport.PeerListener;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Keeps what still arrives while connections close away from a listener that is being taken down. Thread-safe. */
final class UntilClosed implements PeerListener {

    private final PeerListener listener;
    private final BooleanSupplier isClosed;

    UntilClosed(PeerListener listener, BooleanSupplier isClosed) {
        this.listener = listener;
        this.isClosed = isClosed;
    }

    @Override
    public void onMessage(NodeId from, PeerMessage message) {
        if (!isClosed.getAsBoolean()) {
            listener.onMessage(from, message);
        }
    }

    @Override
    public void onDisconnected(NodeId peer) {
        if (!isClosed.getAsBoolean()) {
            listener.onDisconnected(peer);
        }
    }

    @Override
    public void onSeen(Member peer) {
        if (!isClosed.getAsBoolean()) {
            listener.onSeen(peer);
        }
    }

    @Override
    public void onJoin(JoinRequest request, Consumer<JoinAnswer> answer) {
        if (!isClosed.getAsBoolean()) {
            listener.onJoin(request, answer);
        }
    }

    @Override
    public void onRefused(NodeId peer, String text) {
        if (!isClosed.getAsBoolean()) {
            listener.onRefused(peer, text);
        }
    }
}
