package io.dengine.transport.netty;

import io.dengine.api.ByteSequence;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Chunk;
import io.dengine.transport.PeerMessage.ChunkRequest;
import io.dengine.transport.PeerMessage.SnapshotOffer;
import io.dengine.transport.PeerMessage.SnapshotRequest;
import io.dengine.transport.PeerMessage.StateDiffers;
import io.dengine.transport.PeerMessage.StateHash;
import io.netty.buffer.ByteBuf;
import java.util.UUID;

/** What is said about snapshots and the state's hash, as a frame's body: the components in order. */
final class SnapshotCodec {

    /** The most bytes of a snapshot that one frame carries. */
    static final int MAX_CHUNK_BYTES = 1 << 20;

    private SnapshotCodec() {}

    static FrameType typeOf(PeerMessage message) {
        if (message instanceof SnapshotOffer) {
            return FrameType.SNAPSHOT_OFFER;
        } else if (message instanceof SnapshotRequest) {
            return FrameType.SNAPSHOT_REQUEST;
        } else if (message instanceof ChunkRequest) {
            return FrameType.CHUNK_REQUEST;
        } else if (message instanceof Chunk) {
            return FrameType.CHUNK;
        } else if (message instanceof StateHash) {
            return FrameType.STATE_HASH;
        } else if (message instanceof StateDiffers) {
            return FrameType.STATE_DIFFERS;
        }
        throw new AssertionError(message);
    }

    static void write(PeerMessage message, ByteBuf out) {
        if (message instanceof SnapshotOffer offer) {
            ManifestBytes.write(offer.manifest(), out);
        } else if (message instanceof SnapshotRequest request) {
            out.writeLong(request.leastIndex());
        } else if (message instanceof ChunkRequest request) {
            Fields.write(request.snapshotId(), out);
            out.writeInt(request.file());
            out.writeLong(request.offset());
            out.writeInt(request.maxBytes());
        } else if (message instanceof Chunk chunk) {
            Fields.write(chunk.snapshotId(), out);
            out.writeInt(chunk.file());
            out.writeLong(chunk.offset());
            out.writeInt(chunk.crc32c());
            out.writeBytes(chunk.bytes().array());
        } else if (message instanceof StateHash hash) {
            out.writeLong(hash.index());
            out.writeLong(hash.stateHash());
        } else if (message instanceof StateDiffers differs) {
            out.writeLong(differs.index());
            out.writeLong(differs.stateHash());
        } else {
            throw new AssertionError(message);
        }
    }

    static PeerMessage read(FrameType type, ByteBuf in) throws MalformedFrameException {
        switch (type) {
            case SNAPSHOT_OFFER -> {
                return new SnapshotOffer(ManifestBytes.read(in));
            }
            case SNAPSHOT_REQUEST -> {
                return new SnapshotRequest(natural(in.readLong(), "index"));
            }
            case CHUNK_REQUEST -> {
                return readChunkRequest(in);
            }
            case CHUNK -> {
                return readChunk(in);
            }
            case STATE_HASH -> {
                return new StateHash(natural(in.readLong(), "index"), in.readLong());
            }
            case STATE_DIFFERS -> {
                return new StateDiffers(natural(in.readLong(), "index"), in.readLong());
            }
            default -> throw new AssertionError(type);
        }
    }

    private static ChunkRequest readChunkRequest(ByteBuf in) throws MalformedFrameException {
        ChunkRequest request = new ChunkRequest(
                Fields.readUuid(in),
                (int) natural(in.readInt(), "file"),
                natural(in.readLong(), "offset"),
                in.readInt());
        if (request.maxBytes() < 1 || request.maxBytes() > MAX_CHUNK_BYTES) {
            throw new MalformedFrameException("a request for a chunk of " + request.maxBytes() + " bytes");
        }
        return request;
    }

    private static Chunk readChunk(ByteBuf in) throws MalformedFrameException {
        UUID snapshotId = Fields.readUuid(in);
        int file = (int) natural(in.readInt(), "file");
        long offset = natural(in.readLong(), "offset");
        int crc32c = in.readInt();
        if (in.readableBytes() > MAX_CHUNK_BYTES) {
            throw new MalformedFrameException("a chunk of " + in.readableBytes() + " bytes");
        }
        ByteSequence bytes = ByteSequence.wrap(Fields.readBytes(in, in.readableBytes()));
        return new Chunk(snapshotId, file, offset, bytes, crc32c);
    }

    private static long natural(long value, String what) throws MalformedFrameException {
        if (value < 0) {
            throw new MalformedFrameException(what + " " + value);
        }
        return value;
    }
}
