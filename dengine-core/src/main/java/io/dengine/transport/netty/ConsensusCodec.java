package io.dengine.transport.netty;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Every {@link RaftMessage} as a frame's body: its components in order, entries as the log's own records. */
final class ConsensusCodec {

    private ConsensusCodec() {}

    static long entryBytes(AppendRequest append) {
        long bytes = 0;
        for (Entry entry : append.entries()) {
            bytes += RecordFrame.encodedLength(entry);
        }
        return bytes;
    }

    static FrameType typeOf(RaftMessage message) {
        if (message instanceof AppendRequest) {
            return FrameType.APPEND_REQUEST;
        } else if (message instanceof AppendResponse) {
            return FrameType.APPEND_RESPONSE;
        } else if (message instanceof HeartbeatRequest) {
            return FrameType.HEARTBEAT_REQUEST;
        } else if (message instanceof HeartbeatResponse) {
            return FrameType.HEARTBEAT_RESPONSE;
        } else if (message instanceof VoteRequest) {
            return FrameType.VOTE_REQUEST;
        } else if (message instanceof VoteResponse) {
            return FrameType.VOTE_RESPONSE;
        } else if (message instanceof TimeoutNow) {
            return FrameType.TIMEOUT_NOW;
        }
        throw new AssertionError(message);
    }

    static void write(RaftMessage message, ByteBuf out) {
        out.writeLong(message.term());
        if (message instanceof AppendRequest append) {
            write(append.previous(), out);
            out.writeLong(append.commitIndex());
            writeEntries(append, out);
        } else if (message instanceof AppendResponse response) {
            out.writeBoolean(response.accepted());
            out.writeLong(response.index());
            out.writeLong(response.hintTerm());
            out.writeLong(response.hintIndex());
        } else if (message instanceof HeartbeatRequest heartbeat) {
            out.writeLong(heartbeat.commitIndex());
            out.writeLong(heartbeat.round());
            out.writeLong(heartbeat.heldByAllIndex());
        } else if (message instanceof HeartbeatResponse response) {
            out.writeLong(response.round());
        } else if (message instanceof VoteRequest request) {
            out.writeBoolean(request.preVote());
            write(request.last(), out);
            out.writeBoolean(request.transfer());
        } else if (message instanceof VoteResponse response) {
            out.writeBoolean(response.preVote());
            out.writeBoolean(response.granted());
        } else if (!(message instanceof TimeoutNow)) {
            throw new AssertionError(message);
        }
    }

    static RaftMessage read(FrameType type, ByteBuf in) throws MalformedFrameException {
        long term = in.readLong();
        switch (type) {
            case APPEND_REQUEST -> {
                EntryId previous = readEntryId(in);
                long commitIndex = in.readLong();
                return new AppendRequest(term, previous, readEntries(term, previous, in), commitIndex);
            }
            case APPEND_RESPONSE -> {
                return new AppendResponse(term, Fields.readBoolean(in), in.readLong(), in.readLong(), in.readLong());
            }
            case HEARTBEAT_REQUEST -> {
                return new HeartbeatRequest(term, in.readLong(), in.readLong(), in.readLong());
            }
            case HEARTBEAT_RESPONSE -> {
                return new HeartbeatResponse(term, in.readLong());
            }
            case VOTE_REQUEST -> {
                return new VoteRequest(term, Fields.readBoolean(in), readEntryId(in), Fields.readBoolean(in));
            }
            case VOTE_RESPONSE -> {
                return new VoteResponse(term, Fields.readBoolean(in), Fields.readBoolean(in));
            }
            case TIMEOUT_NOW -> {
                return new TimeoutNow(term);
            }
            default -> throw new AssertionError(type);
        }
    }

    private static void writeEntries(AppendRequest append, ByteBuf out) {
        List<Entry> entries = append.entries();
        out.writeInt(entries.size());
        int bytes = Math.toIntExact(entryBytes(append));
        out.ensureWritable(bytes);
        ByteBuffer records = out.nioBuffer(out.writerIndex(), bytes);
        for (Entry entry : entries) {
            RecordFrame.encode(entry, records);
        }
        out.writerIndex(out.writerIndex() + bytes);
    }

    /** Reads as many entries as announced, and checks what makes them a piece of one leader's log. */
    private static List<Entry> readEntries(long term, EntryId previous, ByteBuf in) throws MalformedFrameException {
        int count = in.readInt();
        if (count < 0 || count > in.readableBytes() / RecordFrame.OVERHEAD_BYTES) {
            throw new MalformedFrameException(count + " entries announced in " + in.readableBytes() + " bytes");
        }
        List<Entry> entries = new ArrayList<>(count);
        ByteBuffer records = in.nioBuffer();
        long lastIndex = previous.index();
        long lastTerm = previous.term();
        long lastTimeMillis = 0;
        for (int i = 0; i < count; i++) {
            Entry entry = readEntry(records);
            if (entry.index() != lastIndex + 1
                    || entry.term() < lastTerm
                    || entry.term() > term
                    || entry.clusterTimeMillis() < lastTimeMillis) {
                throw new MalformedFrameException(entry + " cannot follow " + lastTerm + "/" + lastIndex + " @"
                        + lastTimeMillis + " in term " + term);
            }
            lastIndex = entry.index();
            lastTerm = entry.term();
            lastTimeMillis = entry.clusterTimeMillis();
            entries.add(entry);
        }
        in.readerIndex(in.writerIndex() - records.remaining());
        return Collections.unmodifiableList(entries);
    }

    private static Entry readEntry(ByteBuffer records) throws MalformedFrameException {
        RecordFrame.Decoded decoded = RecordFrame.decode(records);
        if (decoded instanceof RecordFrame.Decoded.Whole whole) {
            return whole.entry();
        }
        throw new MalformedFrameException("no whole record: " + decoded);
    }

    private static void write(EntryId id, ByteBuf out) {
        out.writeLong(id.term());
        out.writeLong(id.index());
    }

    private static EntryId readEntryId(ByteBuf in) {
        return new EntryId(in.readLong(), in.readLong());
    }
}
