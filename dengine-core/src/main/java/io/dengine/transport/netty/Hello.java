package io.dengine.transport.netty;

import io.dengine.raft.membership.NodeId;
import io.netty.buffer.ByteBuf;
import java.util.UUID;

/**
 * The first frame in each direction: who speaks, and whom it takes the other for.
 *
 * <pre>
 * magic u32 | version u16 | cluster id 16 | node id u32 | storage id 16 | target id u32
 * </pre>
 *
 * Magic and version stay where they are in every version; the rest is read only if the version is ours.
 *
 * @param version the protocol version
 * @param clusterId the speaker's cluster
 * @param nodeId the speaker's node id, unchecked
 * @param storageId the speaker's data directory
 * @param targetId the node id that the speaker takes the other for, unchecked
 */
record Hello(int version, UUID clusterId, int nodeId, UUID storageId, int targetId) {

    static final int MAGIC = 0x64454E47; // "dENG"
    static final int VERSION = 1;

    private static final UUID UNKNOWN = new UUID(0, 0);

    static Hello of(NettyPeerConfig config, NodeId target) {
        return new Hello(VERSION, config.clusterId(), config.self().value(), config.storageId(), target.value());
    }

    void writeTo(ByteBuf out) {
        int start = Frames.begin(FrameType.HELLO, out);
        out.writeInt(MAGIC);
        out.writeShort(version);
        write(clusterId, out);
        out.writeInt(nodeId);
        write(storageId, out);
        out.writeInt(targetId);
        Frames.end(start, out);
    }

    static Hello read(ByteBuf body) throws MalformedFrameException {
        try {
            if (body.readInt() != MAGIC) {
                throw new MalformedFrameException("the first frame is no handshake of this protocol");
            }
            int version = body.readUnsignedShort();
            if (version != VERSION) {
                return new Hello(version, UNKNOWN, 0, UNKNOWN, 0);
            }
            Hello hello = new Hello(version, readUuid(body), body.readInt(), readUuid(body), body.readInt());
            Frames.requireEnd(FrameType.HELLO, body);
            return hello;
        } catch (IndexOutOfBoundsException e) {
            throw new MalformedFrameException("truncated HELLO", e);
        }
    }

    private static void write(UUID id, ByteBuf out) {
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
    }

    private static UUID readUuid(ByteBuf in) {
        return new UUID(in.readLong(), in.readLong());
    }
}
