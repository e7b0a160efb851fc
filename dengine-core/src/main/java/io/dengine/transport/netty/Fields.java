package io.dengine.transport.netty;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** What frames of several kinds are made of. Reading checks a length before it allocates. */
final class Fields {

    private Fields() {}

    static void write(UUID id, ByteBuf out) {
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
    }

    static UUID readUuid(ByteBuf in) {
        return new UUID(in.readLong(), in.readLong());
    }

    static boolean readBoolean(ByteBuf in) throws MalformedFrameException {
        byte value = in.readByte();
        if (value != 0 && value != 1) {
            throw new MalformedFrameException("a boolean is " + value);
        }
        return value == 1;
    }

    static byte[] readBytes(ByteBuf in, int length) throws MalformedFrameException {
        if (length < 0 || length > in.readableBytes()) {
            throw new MalformedFrameException(length + " bytes announced, " + in.readableBytes() + " left");
        }
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    /** Writes {@code text}, at most 64 KiB long, behind its length. */
    static void write(String text, ByteBuf out) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0xFFFF) {
            throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
        }
        out.writeShort(bytes.length);
        out.writeBytes(bytes);
    }

    static String readText(ByteBuf in, int maxBytes) throws MalformedFrameException {
        int length = in.readUnsignedShort();
        if (length > maxBytes) {
            throw new MalformedFrameException("a text of " + length + " bytes, at most " + maxBytes + " are allowed");
        }
        byte[] bytes = readBytes(in, length);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            throw new MalformedFrameException("a text is no UTF-8");
        }
        return text;
    }

    /** Reads a text that ends with the frame. */
    static String readTextToEnd(ByteBuf in) {
        return in.readCharSequence(in.readableBytes(), StandardCharsets.UTF_8).toString();
    }
}
