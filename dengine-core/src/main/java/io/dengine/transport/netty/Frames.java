package io.dengine.transport.netty;

import io.netty.buffer.ByteBuf;

/**
 * The frame around everything that travels:
 *
 * <pre>
 * length u32 | type u8 | body
 * </pre>
 *
 * The length counts type and body.
 */
final class Frames {

    static final int LENGTH_BYTES = 4;
    static final int HEADER_BYTES = LENGTH_BYTES + 1;

    private Frames() {}

    /** Writes a frame's header and returns where it begins, for {@link #end}. */
    static int begin(FrameType type, ByteBuf out) {
        int start = out.writerIndex();
        out.writeInt(0);
        out.writeByte(type.code());
        return start;
    }

    /** Completes the frame that {@link #begin} began. */
    static void end(int start, ByteBuf out) {
        out.setInt(start, out.writerIndex() - start - LENGTH_BYTES);
    }

    /** Writes a frame that is all type. */
    static void empty(FrameType type, ByteBuf out) {
        end(begin(type, out), out);
    }

    /** Rejects bytes after the end of a body: a newer peer meant something by them. */
    static void requireEnd(FrameType type, ByteBuf body) throws MalformedFrameException {
        if (body.isReadable()) {
            throw new MalformedFrameException(type + " has " + body.readableBytes() + " bytes too many");
        }
    }
}
