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

    /** Why; the code is part of the wire format. */
    enum Reason {
        /** A later version's reason. */
        OTHER(0),
        VERSION(1),
        CLUSTER(2),
        NOT_A_MEMBER(3),
        WRONG_TARGET(4),
        STORAGE(5);

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

    /** Returns why {@code config}'s node must not speak to whoever said {@code hello}, or null if it may. */
    static @Nullable Refusal of(Hello hello, NettyPeerConfig config) {
        NodeId self = config.self();
        if (hello.version() != Hello.VERSION) {
            return new Refusal(
                    Reason.VERSION,
                    "node " + self + " speaks protocol version " + Hello.VERSION + ", the other side "
                            + hello.version());
        }
        String node = "node " + hello.nodeId();
        if (!hello.clusterId().equals(config.clusterId())) {
            return new Refusal(
                    Reason.CLUSTER,
                    "node " + self + " is in the cluster with id " + config.clusterId() + ", " + node
                            + " in the one with id " + hello.clusterId());
        }
        if (hello.nodeId() <= 0 || !config.peers().containsKey(NodeId.of(hello.nodeId()))) {
            return new Refusal(
                    Reason.NOT_A_MEMBER,
                    "node " + self + " knows no peer with id " + hello.nodeId() + ", only "
                            + config.peers().keySet().stream().sorted().toList());
        }
        if (hello.targetId() != self.value()) {
            return new Refusal(
                    Reason.WRONG_TARGET,
                    node + " looks for node " + hello.targetId() + " at the address of node " + self);
        }
        if (!config.identityCheck().accept(NodeId.of(hello.nodeId()), hello.storageId())) {
            return new Refusal(
                    Reason.STORAGE,
                    node + " comes with storage id " + hello.storageId() + ", which is not the one node " + self
                            + " knows it by: it lost its data, or another node took its id");
        }
        return null;
    }

    void writeTo(ByteBuf out) {
        int start = Frames.begin(FrameType.REFUSED, out);
        out.writeByte(reason.code);
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        Frames.end(start, out);
    }

    static Refusal read(ByteBuf body) throws MalformedFrameException {
        if (!body.isReadable()) {
            throw new MalformedFrameException("truncated REFUSED");
        }
        Reason reason = Reason.ofCode(body.readUnsignedByte());
        String text = body.readCharSequence(body.readableBytes(), StandardCharsets.UTF_8)
                .toString();
        // The text goes into a log: it must not begin lines of its own there.
        return new Refusal(reason, text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?"));
    }
}
