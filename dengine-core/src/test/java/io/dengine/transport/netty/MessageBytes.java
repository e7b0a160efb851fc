package io.dengine.transport.netty;

import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Peer messages as the bytes they travel as, for a network without sockets. */
public final class MessageBytes {

    private MessageBytes() {}

    /** Returns the whole frame. */
    public static byte[] encode(PeerMessage message) {
        ByteBuf out = Unpooled.buffer(128);
        PeerMessageCodec.write(message, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
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
