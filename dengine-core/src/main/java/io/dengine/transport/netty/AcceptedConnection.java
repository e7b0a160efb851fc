package io.dengine.transport.netty;

import io.dengine.raft.membership.NodeId;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a peer dialled: messages come in, only PONG goes out. The peer counts as connected once it speaks
 * after our HELLO, that is, once it has accepted us too.
 */
final class AcceptedConnection extends Connection {

    private final Inbound inbound;
    private @Nullable NodeId peer;
    private boolean established;

    AcceptedConnection(NettyPeerConfig config, Inbound inbound) {
        super(config);
        this.inbound = inbound;
    }

    @Override
    String otherEnd() {
        return peer != null ? "node " + peer : remoteHost();
    }

    @Override
    void opened() {
        inbound.opened(this);
    }

    @Override
    void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException {
        NodeId from = peer;
        if (from == null) {
            if (type != FrameType.HELLO) {
                throw new MalformedFrameException(type + " before the handshake");
            }
            shakeHands(Hello.read(body));
            return;
        }
        if (!established) {
            if (type == FrameType.REFUSED) {
                Refusal refusal = Refusal.read(body);
                inbound.refusedBy(from, refusal);
                close(refusal.text());
                return;
            }
            established = true;
            handshakeDone();
            inbound.established(from, this);
        }
        if (type == FrameType.PING) {
            Frames.requireEnd(type, body);
            pong();
        } else {
            inbound.deliver(from, PeerMessageCodec.read(type, body));
        }
    }

    private void shakeHands(Hello hello) {
        Refusal refusal = Refusal.of(hello, config);
        if (refusal != null) {
            inbound.refused(hello, remoteHost(), refusal);
            refuse(refusal);
            return;
        }
        NodeId from = NodeId.of(hello.nodeId());
        peer = from;
        ByteBuf out = channel().alloc().buffer();
        Hello.of(config, from).writeTo(out);
        write(out);
    }

    /** A dialler that does not read gets no more answers: they would pile up here. */
    private void pong() {
        if (channel().isWritable()) {
            ByteBuf out = channel().alloc().buffer(Frames.HEADER_BYTES);
            Frames.empty(FrameType.PONG, out);
            write(out);
        }
    }

    @Override
    void onTick() {
        // The dialler speaks; this end answers.
    }

    @Override
    void closed(String reason) {
        inbound.closed(this, established ? peer : null, reason);
    }

    private String remoteHost() {
        SocketAddress remote = channel().remoteAddress();
        return remote instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "an unknown address";
    }
}
