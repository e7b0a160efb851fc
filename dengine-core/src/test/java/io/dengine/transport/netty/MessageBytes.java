package io.dengine.transport.netty;

import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Peer messages as the bytes they travel as, for a network without sockets. */
public final class MessageBytes {

    /** Behind the header, the term, the entry before, the commit index and the number of entries. */
    private static final int RECORDS_AT = Frames.HEADER_BYTES + 8 + 16 + 8 + 4;

    private MessageBytes() {}

    /** Returns the whole frame. */
    public static byte[] encode(PeerMessage message) {
        ByteBuf out = Unpooled.buffer(128);
        PeerMessageCodec.write(message, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    /** Returns where the records of a frame begin, which have checksums of their own; 0 for a frame without any. */
    public static int firstRecordByte(byte[] bytes) {
        boolean append = bytes[Frames.LENGTH_BYTES] == FrameType.APPEND_REQUEST.code();
        return append && bytes.length > RECORDS_AT ? RECORDS_AT : 0;
    }

    /** Returns the message that a damaged frame is taken for, or null if the damage is noticed. */
    public static @Nullable PeerMessage decodeDamaged(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            in.skipBytes(Frames.LENGTH_BYTES);
            return PeerMessageCodec.read(FrameType.ofCode(in.readByte()), in);
        } catch (MalformedFrameException e) {
            return null;
        }
    }

    /** The same for a reader that does not look at the checksums of records. */
    public static @Nullable PeerMessage decodeUnchecked(byte[] bytes) {
        ByteBuffer frame = ByteBuffer.wrap(bytes.clone());
        int at = RECORDS_AT;
        while (at + 2 * Integer.BYTES < bytes.length) {
            int length = frame.getInt(at);
            if (length <= 0 || length > bytes.length - at - 2 * Integer.BYTES) {
                return null;
            }
            CRC32C crc = new CRC32C();
            crc.update(frame.slice(at + 2 * Integer.BYTES, length));
            frame.putInt(at + Integer.BYTES, (int) crc.getValue());
            at += 2 * Integer.BYTES + length;
        }
        return decodeDamaged(frame.array());
    }

    /** Returns the message that the frame {@code bytes} carries. */
    public static PeerMessage decode(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            in.skipBytes(Frames.LENGTH_BYTES);
            return PeerMessageCodec.read(FrameType.ofCode(in.readByte()), in);
        } catch (MalformedFrameException e) {
            throw new AssertionError("what one node wrote another cannot read", e);
        }
    }
}
