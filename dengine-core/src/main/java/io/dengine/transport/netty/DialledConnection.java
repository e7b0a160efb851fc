package io.dengine.transport.netty;

import io.dengine.raft.membership.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection that this node dialled: messages go out, only PONG comes in. */
final class DialledConnection extends Connection {

    private final NodeId peer;
    private final PeerLink link;
    private boolean established;
    private long establishedNanos;

    DialledConnection(NettyPeerConfig config, NodeId peer, PeerLink link) {
        super(config);
        this.peer = peer;
        this.link = link;
    }

    @Override
    String otherEnd() {
        return "node " + peer;
    }

    @Override
    void opened() {
        ByteBuf out = channel().alloc().buffer();
        Hello.of(config, peer).writeTo(out);
        write(out);
    }

    @Override
    void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException {
        if (established) {
            if (type != FrameType.PONG) {
                throw new MalformedFrameException(type + " on a connection that only answers");
            }
            Frames.requireEnd(type, body);
        } else if (type == FrameType.REFUSED) {
            Refusal refusal = Refusal.read(body);
            link.refused(refusal);
            close(refusal.text());
        } else if (type == FrameType.HELLO) {
            shakeHands(Hello.read(body));
        } else {
            throw new MalformedFrameException(type + " before the handshake");
        }
    }

    private void shakeHands(Hello hello) {
        Refusal refusal = refusalOf(hello);
        if (refusal != null) {
            link.refused(refusal);
            refuse(refusal);
            return;
        }
        established = true;
        establishedNanos = System.nanoTime();
        handshakeDone();
        ping();
        link.established(this);
    }

    private @Nullable Refusal refusalOf(Hello hello) {
        Refusal refusal = Refusal.of(hello, config);
        if (refusal == null && hello.nodeId() != peer.value()) {
            return new Refusal(
                    Refusal.Reason.WRONG_TARGET, "node " + hello.nodeId() + " answers at the address of node " + peer);
        }
        return refusal;
    }

    @Override
    void onTick() {
        if (established) {
            ping();
        }
    }

    /** Written past the queue: at most one a tick, and the silence that follows a stuck connection bounds the ticks. */
    private void ping() {
        ByteBuf out = channel().alloc().buffer(Frames.HEADER_BYTES);
        Frames.empty(FrameType.PING, out);
        write(out);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (established && ctx.channel().isWritable()) {
            link.drain();
        }
    }

    /** Returns whether the connection stood long enough that its end says nothing about the next one. */
    boolean provedItself() {
        return established && System.nanoTime() - establishedNanos > TimeUnit.MILLISECONDS.toNanos(Backoff.MOST_MILLIS);
    }

    @Override
    void closed(String reason) {
        link.closed(this, established, reason);
    }
}
