package io.dengine.transport.netty;

import io.dengine.raft.membership.NodeId;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Why a handshake failed, in words that mean the same to both sides.
 *
 * <pre>
 * reason u8 | text, UTF-8
 * </pre>
 *
 * @param reason for machines
 * @param text for operators
 */
record Refusal(Reason reason, String text) {

    /** Keeps the frame within {@link Connection#HANDSHAKE_FRAME_BYTES}, whatever the characters. */
    private static final int MAX_TEXT_CHARS = 1000;

    /** Why; the code is part of the wire format. */
    enum Reason {
        /** A later version's reason. */
        OTHER(0),
        VERSION(1),
        CLUSTER(2),
        NOT_A_MEMBER(3),
        WRONG_TARGET(4),
        STORAGE(5),
        SAME_ID(6),
        BUSY(7),
        /** One side speaks TLS, the other does not. */
        TLS(8);

        private final int code;

        Reason(int code) {
            this.code = code;
        }

        static Reason ofCode(int code) {
            for (Reason reason : values()) {
                if (reason.code == code) {
                    return reason;
                }
            }
            return OTHER;
        }
    }

    /** Returns why {@code config}'s node must not speak to {@code hello}'s, whatever about; null if it may. */
    static @Nullable Refusal ofStranger(Hello hello, NettyPeerConfig config) {
        NodeId self = config.self();
        if (hello.version() != Hello.VERSION) {
            return new Refusal(
                    Reason.VERSION,
                    "node " + self + " speaks protocol version " + Hello.VERSION + ", the other side "
                            + hello.version());
        }
        if (!hello.clusterId().equals(config.clusterId())) {
            return new Refusal(
                    Reason.CLUSTER,
                    "node " + self + " is in the cluster with id " + config.clusterId() + ", node " + hello.nodeId()
                            + " in the one with id " + hello.clusterId());
        }
        return hello.nodeId() > 0
                ? null
                : new Refusal(Reason.NOT_A_MEMBER, "node " + self + " is met by a node of id " + hello.nodeId());
    }

    /** Returns what {@code config}'s node says where one side speaks TLS and the other does not. */
    static Refusal ofTls(NettyPeerConfig config) {
        return new Refusal(
                Reason.TLS,
                config.tls() == null
                        ? "node " + config.self() + " speaks plaintext on its peer port, the other side TLS"
                        : "node " + config.self() + " speaks TLS on its peer port, the other side plaintext");
    }

    /** Returns whether the node that says this takes the other one for no peer, or not for the one it was. */
    boolean isOfIdentity() {
        return reason == Reason.NOT_A_MEMBER || reason == Reason.STORAGE;
    }

    void writeTo(ByteBuf out) {
        int start = Frames.begin(FrameType.REFUSED, out);
        out.writeByte(reason.code);
        String whole = text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS);
        out.writeCharSequence(whole, StandardCharsets.UTF_8);
        Frames.end(start, out);
    }

    static Refusal read(ByteBuf body) throws MalformedFrameException {
        if (!body.isReadable()) {
            throw new MalformedFrameException("truncated REFUSED");
        }
        Reason reason = Reason.ofCode(body.readUnsignedByte());
        String text = Fields.readTextToEnd(body);
        // The text goes into a log: it must not begin lines of its own there.
        return new Refusal(reason, text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?"));
    }
}
