package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a node of which only the address is known, to ask it one thing. It ends in one answer. Owned by the
 * transport thread.
 */
abstract class GuestConnection extends Connection {

    final PeerAddress address;
    private @Nullable Hello host;
    private boolean answered;

    GuestConnection(NettyPeerConfig config, PeerAddress address) {
        super(config);
        this.address = address;
    }

    /** The node at the address is of this cluster, and another one. */
    abstract void welcomed(Hello host);

    /** The node has sent a frame after its HELLO. */
    abstract void onReply(FrameType type, ByteBuf body) throws MalformedFrameException;

    /** It is this very node. */
    abstract void metItself();

    /** The node must not, or will not, speak to this one. */
    abstract void refused(Refusal refusal);

    /** No answer came. */
    abstract void failed(String reason);

    /** Takes the right to answer, which there is once. */
    final boolean answersFirst() {
        boolean first = !answered;
        answered = true;
        return first;
    }

    /** No connection came about. */
    final void notConnected(String reason) {
        failed("cannot reach " + address + ": " + reason);
    }

    @Override
    final String otherEnd() {
        return host == null ? String.valueOf(address) : "node " + host.nodeId();
    }

    @Override
    final void opened() {
        ByteBuf out = channel().alloc().buffer();
        Hello.of(config, null, Hello.Purpose.GUEST, EntryId.ZERO).writeTo(out);
        write(out);
    }

    @Override
    final void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException {
        if (host != null) {
            if (type == FrameType.PONG) {
                Frames.requireEnd(type, body);
            } else {
                onReply(type, body);
            }
        } else if (type == FrameType.REFUSED) {
            end(Refusal.read(body));
        } else if (type == FrameType.HELLO) {
            meet(Hello.read(body));
        } else {
            throw new MalformedFrameException(type + " before the handshake");
        }
    }

    private void meet(Hello hello) {
        Refusal refusal = Refusal.ofStranger(hello, config);
        if (refusal != null) {
            end(refusal);
        } else if (hello.storageId().equals(config.storageId())) {
            metItself();
            close("it is this node itself");
        } else {
            host = hello;
            handshakeDone(config.maxFrameBytes());
            welcomed(hello);
        }
    }

    private void end(Refusal refusal) {
        refused(refusal);
        close(refusal.text());
    }

    @Override
    final void tlsFailed(TlsFailure failure) {
        // The answer, which comes as it closes, says so.
    }

    @Override
    final void spokenToInTls() {
        end(Refusal.ofTls(config));
    }

    @Override
    final void onTick() {
        if (host != null) {
            ping();
        }
    }

    @Override
    final void closed(String reason) {
        failed("no answer from " + address + ": " + reason);
    }
}
