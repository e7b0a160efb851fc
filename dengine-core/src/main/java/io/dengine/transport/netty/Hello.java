package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.netty.buffer.ByteBuf;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The first frame in each direction: who speaks, where it is reached, whom it takes the other for, and what the
 * connection is for. The answer repeats the purpose.
 *
 * <pre>
 * magic u32 | version u16 | cluster id 16 | node id u32 | storage id 16 | target id u32 | purpose u8
 * | place: term u64, index u64 | address u16 + text | [api address u16 + text]
 * </pre>
 *
 * Magic and version stay where they are in every version; the rest is read only if the version is ours.
 *
 * @param version the protocol version
 * @param clusterId the speaker's cluster
 * @param nodeId the speaker's node id, unchecked
 * @param storageId the speaker's data directory
 * @param targetId the node id that the speaker takes the other for, unchecked; 0 if it does not know
 * @param purpose what the connection is for
 * @param place where in the log the speaker's membership stands; a guest says {@link EntryId#ZERO}
 * @param address where the speaker listens for its peers
 * @param apiAddress where it serves clients; null if it serves none
 */
record Hello(
        int version,
        UUID clusterId,
        int nodeId,
        UUID storageId,
        int targetId,
        Purpose purpose,
        EntryId place,
        PeerAddress address,
        @Nullable PeerAddress apiAddress) {

    static final int MAGIC = 0x64454E47; // "dENG"
    static final int VERSION = 2;

    private static final UUID UNKNOWN = new UUID(0, 0);
    private static final PeerAddress NOWHERE = new PeerAddress("unknown", 1);

    /** What a connection is for; the code is part of the wire format. */
    enum Purpose {
        /** Messages between peers. */
        MESSAGES(0),
        /** Parts of snapshots between peers. */
        BULK(1),
        /** A node that need not be a peer asks one question. */
        GUEST(2);

        private final int code;

        Purpose(int code) {
            this.code = code;
        }
    }

    /** Returns what {@code config}'s node says to {@code target}, which is null if unknown. */
    static Hello of(NettyPeerConfig config, @Nullable NodeId target, Purpose purpose, EntryId place) {
        return new Hello(
                VERSION,
                config.clusterId(),
                config.self().value(),
                config.storageId(),
                target == null ? 0 : target.value(),
                purpose,
                place,
                config.advertised(),
                config.apiAddress());
    }

    void writeTo(ByteBuf out) {
        int start = Frames.begin(FrameType.HELLO, out);
        out.writeInt(MAGIC);
        out.writeShort(version);
        Fields.write(clusterId, out);
        out.writeInt(nodeId);
        Fields.write(storageId, out);
        out.writeInt(targetId);
        out.writeByte(purpose.code);
        out.writeLong(place.term());
        out.writeLong(place.index());
        Fields.write(address.toString(), out);
        if (apiAddress != null) {
            Fields.write(apiAddress.toString(), out);
        }
        Frames.end(start, out);
    }

    static Hello read(ByteBuf body) throws MalformedFrameException {
        try {
            if (body.readInt() != MAGIC) {
                throw new MalformedFrameException("the first frame is no handshake of this protocol");
            }
            int version = body.readUnsignedShort();
            if (version != VERSION) {
                return new Hello(version, UNKNOWN, 0, UNKNOWN, 0, Purpose.MESSAGES, EntryId.ZERO, NOWHERE, null);
            }
            Hello hello = new Hello(
                    version,
                    Fields.readUuid(body),
                    body.readInt(),
                    Fields.readUuid(body),
                    body.readInt(),
                    purposeOf(body.readByte()),
                    readPlace(body),
                    readAddress(body),
                    body.isReadable() ? readAddress(body) : null);
            Frames.requireEnd(FrameType.HELLO, body);
            return hello;
        } catch (IndexOutOfBoundsException e) {
            throw new MalformedFrameException("truncated HELLO", e);
        }
    }

    private static Purpose purposeOf(int code) throws MalformedFrameException {
        for (Purpose purpose : Purpose.values()) {
            if (purpose.code == code) {
                return purpose;
            }
        }
        throw new MalformedFrameException("unknown purpose " + code);
    }

    private static EntryId readPlace(ByteBuf in) throws MalformedFrameException {
        try {
            return new EntryId(in.readLong(), in.readLong());
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("a place in no log", e);
        }
    }

    /** Returns the speaker as it wants to be known. */
    Member speaker() {
        return Member.of(NodeId.of(nodeId), address.toString(), storageId)
                .withApiAddress(apiAddress == null ? "" : apiAddress.toString());
    }

    private static PeerAddress readAddress(ByteBuf in) throws MalformedFrameException {
        String text = Fields.readText(in, Member.MAX_ADDRESS_BYTES);
        try {
            // It goes into logs: it must not begin lines of its own there.
            return PeerAddress.parse(text.replaceAll("\\p{Cntrl}", "?"));
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("an address that is none", e);
        }
    }
}
