package io.dengine.transport.netty;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.command.MalformedCommandException;
import io.dengine.raft.message.AppendRequest;
import io.dengine.storage.SnapshotManifestCodec;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Chunk;
import io.dengine.transport.PeerMessage.ChunkRequest;
import io.dengine.transport.PeerMessage.ClusterRequest;
import io.dengine.transport.PeerMessage.ClusterResponse;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerMessage.Outcome;
import io.dengine.transport.PeerMessage.ProposeRequest;
import io.dengine.transport.PeerMessage.ProposeResponse;
import io.dengine.transport.PeerMessage.ReadIndexRequest;
import io.dengine.transport.PeerMessage.ReadIndexResponse;
import io.dengine.transport.PeerMessage.SnapshotOffer;
import io.dengine.transport.PeerMessage.SnapshotRequest;
import io.dengine.transport.PeerMessage.StateDiffers;
import io.dengine.transport.PeerMessage.StateHash;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Every {@link PeerMessage} as a frame. Integers are big-endian. Reading trusts nothing: whatever the bytes are, the
 * answer is a message that its constructor accepts, or {@link MalformedFrameException}.
 */
final class PeerMessageCodec {

    /** No message without entries, a command or a result is longer. */
    private static final int SMALL_FRAME_BYTES = 64;

    /** The longest frame of the bulk lane. */
    static final int MAX_BULK_FRAME_BYTES = SMALL_FRAME_BYTES + SnapshotCodec.MAX_CHUNK_BYTES;

    private PeerMessageCodec() {}

    /** Returns at least the bytes that the message's frame takes; exact where the message is large. */
    static long frameBytesAtMost(PeerMessage message) {
        if (message instanceof Consensus consensus && consensus.message() instanceof AppendRequest append) {
            return SMALL_FRAME_BYTES + ConsensusCodec.entryBytes(append);
        }
        if (message instanceof ProposeRequest request) {
            return (long) SMALL_FRAME_BYTES + request.command().length();
        }
        if (message instanceof ProposeResponse response) {
            CommandResult result = response.result();
            KeyValue current = result == null ? null : result.current();
            long resultBytes = current == null
                    ? 0
                    : (long) current.key().length() + current.value().length();
            return 2L * SMALL_FRAME_BYTES + ByteBufUtil.utf8MaxBytes(response.detail()) + resultBytes;
        }
        if (message instanceof ClusterRequest) {
            return (long) SMALL_FRAME_BYTES + ClusterCodec.MAX_ORDER_BYTES;
        }
        if (message instanceof ClusterResponse response) {
            return (long) SMALL_FRAME_BYTES + ByteBufUtil.utf8MaxBytes(response.detail());
        }
        if (message instanceof SnapshotOffer offer) {
            return (long) SMALL_FRAME_BYTES + SnapshotManifestCodec.lengthOf(offer.manifest());
        }
        if (message instanceof Chunk chunk) {
            return (long) SMALL_FRAME_BYTES + chunk.bytes().length();
        }
        return SMALL_FRAME_BYTES;
    }

    /** Returns whether the message travels on the connection for parts of snapshots. */
    static boolean isBulk(PeerMessage message) {
        return message instanceof Chunk || message instanceof ChunkRequest;
    }

    /**
     * Returns whether the message overtakes those that are not urgent: it is small, and others wait for it. Raft bears
     * any overtaking; an entry batch and a forwarded command keep their order.
     */
    static boolean isUrgent(PeerMessage message) {
        return message instanceof Consensus consensus
                ? !(consensus.message() instanceof AppendRequest)
                : message instanceof ReadIndexRequest
                        || message instanceof ReadIndexResponse
                        || message instanceof SnapshotRequest
                        || message instanceof StateHash
                        || message instanceof StateDiffers;
    }

    /** Appends the message's frame to {@code out}. */
    static void write(PeerMessage message, ByteBuf out) {
        int start = Frames.begin(typeOf(message), out);
        if (message instanceof Consensus consensus) {
            ConsensusCodec.write(consensus.message(), out);
        } else if (message instanceof ProposeRequest request) {
            out.writeLong(request.requestId());
            out.writeBytes(request.command().array());
        } else if (message instanceof ProposeResponse response) {
            writeProposeResponse(response, out);
        } else if (message instanceof ReadIndexRequest request) {
            out.writeLong(request.requestId());
        } else if (message instanceof ReadIndexResponse response) {
            out.writeLong(response.requestId());
            out.writeLong(response.index());
        } else if (message instanceof ClusterRequest request) {
            ClusterCodec.write(request, out);
        } else if (message instanceof ClusterResponse response) {
            ClusterCodec.write(response, out);
        } else {
            SnapshotCodec.write(message, out);
        }
        Frames.end(start, out);
    }

    /** Reads the message that fills {@code body}. */
    static PeerMessage read(FrameType type, ByteBuf body) throws MalformedFrameException {
        try {
            PeerMessage message = readBody(type, body);
            Frames.requireEnd(type, body);
            return message;
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            throw new MalformedFrameException("truncated " + type, e);
        } catch (IllegalArgumentException | MalformedCommandException e) {
            throw new MalformedFrameException("ill-formed " + type + ": " + e.getMessage(), e);
        }
    }

    private static FrameType typeOf(PeerMessage message) {
        if (message instanceof Consensus consensus) {
            return ConsensusCodec.typeOf(consensus.message());
        } else if (message instanceof ProposeRequest) {
            return FrameType.PROPOSE_REQUEST;
        } else if (message instanceof ProposeResponse) {
            return FrameType.PROPOSE_RESPONSE;
        } else if (message instanceof ReadIndexRequest) {
            return FrameType.READ_INDEX_REQUEST;
        } else if (message instanceof ReadIndexResponse) {
            return FrameType.READ_INDEX_RESPONSE;
        } else if (message instanceof ClusterRequest) {
            return FrameType.CLUSTER_REQUEST;
        } else if (message instanceof ClusterResponse) {
            return FrameType.CLUSTER_RESPONSE;
        }
        return SnapshotCodec.typeOf(message);
    }

    private static PeerMessage readBody(FrameType type, ByteBuf in) throws MalformedFrameException {
        switch (type) {
            case APPEND_REQUEST,
                    APPEND_RESPONSE,
                    HEARTBEAT_REQUEST,
                    HEARTBEAT_RESPONSE,
                    VOTE_REQUEST,
                    VOTE_RESPONSE,
                    TIMEOUT_NOW -> {
                return new Consensus(ConsensusCodec.read(type, in));
            }
            case PROPOSE_REQUEST -> {
                return new ProposeRequest(in.readLong(), ByteSequence.wrap(Fields.readBytes(in, in.readableBytes())));
            }
            case PROPOSE_RESPONSE -> {
                return readProposeResponse(in);
            }
            case READ_INDEX_REQUEST -> {
                return new ReadIndexRequest(in.readLong());
            }
            case READ_INDEX_RESPONSE -> {
                return readReadIndexResponse(in);
            }
            case CLUSTER_REQUEST -> {
                return ClusterCodec.readRequest(in);
            }
            case CLUSTER_RESPONSE -> {
                return ClusterCodec.readResponse(in);
            }
            case SNAPSHOT_OFFER, SNAPSHOT_REQUEST, CHUNK_REQUEST, CHUNK, STATE_HASH, STATE_DIFFERS -> {
                return SnapshotCodec.read(type, in);
            }
            case HELLO, REFUSED, PING, PONG, JOIN_REQUEST, JOIN_ANSWER ->
                throw new MalformedFrameException(type + " is no message");
        }
        throw new AssertionError(type);
    }

    private static ReadIndexResponse readReadIndexResponse(ByteBuf in) throws MalformedFrameException {
        ReadIndexResponse response = new ReadIndexResponse(in.readLong(), in.readLong());
        if (response.index() < -1) {
            throw new MalformedFrameException("read index " + response.index());
        }
        return response;
    }

    /** Layout: request id u64, outcome u8, result length u32 (0 = none), result, detail in UTF-8 to the end. */
    private static void writeProposeResponse(ProposeResponse response, ByteBuf out) {
        out.writeLong(response.requestId());
        out.writeByte(response.outcome().code());
        CommandResult result = response.result();
        byte[] resultBytes = result == null ? new byte[0] : CommandCodec.encodeResult(result);
        out.writeInt(resultBytes.length);
        out.writeBytes(resultBytes);
        out.writeCharSequence(response.detail(), StandardCharsets.UTF_8);
    }

    private static ProposeResponse readProposeResponse(ByteBuf in) throws MalformedFrameException {
        long requestId = in.readLong();
        Outcome outcome = outcomeOf(in.readUnsignedByte());
        byte[] resultBytes = Fields.readBytes(in, in.readInt());
        @Nullable CommandResult result = resultBytes.length == 0 ? null : CommandCodec.decodeResult(resultBytes);
        if ((outcome == Outcome.APPLIED) != (result != null)) {
            throw new MalformedFrameException(
                    "outcome " + outcome + (result == null ? " without" : " with") + " result");
        }
        return new ProposeResponse(requestId, outcome, result, Fields.readTextToEnd(in));
    }

    private static Outcome outcomeOf(int code) throws MalformedFrameException {
        for (Outcome outcome : Outcome.values()) {
            if (outcome.code() == code) {
                return outcome;
            }
        }
        throw new MalformedFrameException("unknown outcome " + code);
    }
}
