package io.dengine.transport.netty;

import io.dengine.raft.membership.NodeId;
import io.dengine.tls.TlsFailure;
import io.dengine.transport.Guidance;
import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A connection that another node dialled: messages come in, only PONG goes out. A peer counts as connected once it
 * speaks after our HELLO, that is, once it has accepted us too. Who comes as a guest never does.
 */
final class AcceptedConnection extends Connection {

    private final Inbound inbound;
    private @Nullable Hello hello;
    private @Nullable GuestSession guest;
    private boolean guides;
    private boolean established;

    AcceptedConnection(NettyPeerConfig config, Inbound inbound) {
        super(config);
        this.inbound = inbound;
    }

    @Override
    String otherEnd() {
        return hello != null ? "node " + hello.nodeId() : remoteHost();
    }

    /** Returns what the other node said of itself, which was accepted. */
    Hello met() {
        Hello said = hello;
        if (said == null) {
            throw new IllegalStateException("no handshake yet");
        }
        return said;
    }

    /** Returns whether the other node is a guide. */
    boolean isGuide() {
        return guides;
    }

    @Override
    void opened() {
        inbound.opened(this);
    }

    @Override
    void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException {
        Hello said = hello;
        if (said == null) {
            if (type != FrameType.HELLO) {
                throw new MalformedFrameException(type + " before the handshake");
            }
            shakeHands(Hello.read(body));
        } else if (guest != null) {
            guest.onFrame(type, body);
        } else {
            onPeerFrame(said, type, body);
        }
    }

    private void onPeerFrame(Hello said, FrameType type, ByteBuf body) throws MalformedFrameException {
        NodeId from = NodeId.of(said.nodeId());
        if (!established) {
            if (type == FrameType.REFUSED) {
                Refusal refusal = Refusal.read(body);
                inbound.refusedBy(from, refusal);
                close(refusal.text());
                return;
            }
            established = true;
            handshakeDone(Lane.maxFrameBytes(config, said.purpose()));
            inbound.established(said, this);
        }
        if (type == FrameType.PING) {
            Frames.requireEnd(type, body);
            pong();
            return;
        }
        PeerMessage message = PeerMessageCodec.read(type, body);
        if (PeerMessageCodec.isBulk(message) != (said.purpose() == Hello.Purpose.BULK)) {
            throw new MalformedFrameException(type + " on a connection for " + said.purpose());
        }
        if (!isClosing() && (!guides || Guidance.isHeard(message))) {
            inbound.deliver(from, message);
        }
    }

    private void shakeHands(Hello said) {
        Verdict verdict =
                config.tls() != null && !isTls() ? Verdict.refused(Refusal.ofTls(config)) : inbound.judge(said, this);
        Refusal refusal = verdict.refusal();
        if (refusal != null) {
            inbound.refused(said, remoteHost(), refusal);
            refuse(refusal);
            return;
        }
        hello = said;
        guides = verdict.isGuide();
        ByteBuf out = channel().alloc().buffer();
        Hello.of(config, NodeId.of(said.nodeId()), said.purpose(), inbound.place())
                .writeTo(out);
        write(out);
        if (said.purpose() == Hello.Purpose.GUEST) {
            guest = new GuestSession(inbound.wiring(), this, NodeId.of(said.nodeId()), inbound.listener());
        }
    }

    @Override
    void tlsFailed(TlsFailure failure) {
        if (hello == null) {
            inbound.refusedUnknown(remoteHost(), failure.text());
        }
    }

    @Override
    void spokenToInTls() {
        Refusal refusal = Refusal.ofTls(config);
        inbound.refusedUnknown(remoteHost(), refusal.text());
        refuse(refusal); // no TLS record: so the other side can tell
    }

    @Override
    void onTick() {
        // The dialler speaks; this end answers.
    }

    @Override
    void closed(String reason) {
        inbound.closed(this, established ? hello : null, reason);
    }
}
