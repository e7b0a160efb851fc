package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection to a peer that this node dialled: messages go out, only PONG comes in. */
final class DialledConnection extends Connection {

    private final NodeId peer;
    private final PeerAddress dialled;
    private final Lane lane;
    private @Nullable Hello met;
    private boolean guide;
    private long establishedNanos;

    DialledConnection(NettyPeerConfig config, NodeId peer, PeerAddress dialled, Lane lane) {
        super(config);
        this.peer = peer;
        this.dialled = dialled;
        this.lane = lane;
    }

    @Override
    String otherEnd() {
        return "node " + peer;
    }

    PeerAddress dialled() {
        return dialled;
    }

    /** Returns what the peer said of itself. */
    Hello met() {
        Hello hello = met;
        if (hello == null) {
            throw new IllegalStateException("no handshake yet");
        }
        return hello;
    }

    /** Returns whether the other node is a guide. */
    boolean isGuide() {
        return guide;
    }

    @Override
    void opened() {
        ByteBuf out = channel().alloc().buffer();
        lane.hello().writeTo(out);
        write(out);
    }

    @Override
    void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException {
        if (met != null) {
            if (type != FrameType.PONG) {
                throw new MalformedFrameException(type + " on a connection that only answers");
            }
            Frames.requireEnd(type, body);
        } else if (type == FrameType.REFUSED) {
            Refusal refusal = Refusal.read(body);
            lane.refusedBy(refusal);
            close(refusal.text());
        } else if (type == FrameType.HELLO) {
            shakeHands(Hello.read(body));
        } else {
            throw new MalformedFrameException(type + " before the handshake");
        }
    }

    private void shakeHands(Hello hello) {
        Verdict verdict = lane.judge(hello);
        Refusal refusal = verdict.refusal();
        if (refusal != null) {
            lane.logRefusal(refusal.text());
            refuse(refusal);
            return;
        }
        met = hello;
        guide = verdict.isGuide();
        establishedNanos = System.nanoTime();
        handshakeDone(config.maxFrameBytes());
        ping();
        bearSilence(lane.silenceBorne());
        lane.established(this);
    }

    @Override
    void tlsFailed(TlsFailure failure) {
        lane.logRefusal(failure.text());
    }

    @Override
    void spokenToInTls() {
        Refusal refusal = Refusal.ofTls(config);
        lane.logRefusal(refusal.text());
        close(refusal.text());
    }

    @Override
    void onTick() {
        if (met != null) {
            ping();
            lane.onTick(this);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (met != null && ctx.channel().isWritable()) {
            lane.drain();
        }
    }

    /** Returns whether the connection stood long enough that its end says nothing about the next one. */
    boolean provedItself() {
        return met != null && System.nanoTime() - establishedNanos > TimeUnit.MILLISECONDS.toNanos(Backoff.MOST_MILLIS);
    }

    @Override
    void closed(String reason) {
        lane.closed(this, met != null, reason);
    }
}
