package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.raft.entry.EntryId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** The bodies of the first frames: who speaks, and why not to speak. What is taken has one form only, bar bad UTF-8. */
final class HandshakeFuzz implements FuzzTarget {

    /** What comes before the address's length. */
    private static final int FIXED_BYTES = 4 + 2 + 16 + 4 + 16 + 4 + 1 + 16;

    @Override
    public boolean accepts(byte[] input) throws MalformedFrameException {
        boolean hello = isHello(input);
        boolean refusal = isRefusal(input);
        return hello || refusal;
    }

    private static boolean isHello(byte[] input) throws MalformedFrameException {
        Hello hello;
        try {
            hello = Hello.read(Unpooled.wrappedBuffer(input));
        } catch (MalformedFrameException refused) {
            return false;
        }
        if (hello.version() == Hello.VERSION) {
            ByteBuf frame = Unpooled.buffer();
            hello.writeTo(frame);
            byte[] again = ByteBufUtil.getBytes(frame.skipBytes(Frames.HEADER_BYTES));
            // An address is written in one way and read in several: leading zeros, control characters.
            assertThat(Hello.read(Unpooled.wrappedBuffer(again))).isEqualTo(hello);
            assertThat(again).startsWith(Arrays.copyOf(input, FIXED_BYTES));
        }
        return true;
    }

    private static boolean isRefusal(byte[] input) throws MalformedFrameException {
        Refusal refusal;
        try {
            refusal = Refusal.read(Unpooled.wrappedBuffer(input));
        } catch (MalformedFrameException refused) {
            assertThat(input).isEmpty();
            return false;
        }
        assertThat(refusal.text().chars()).noneMatch(c -> Character.isISOControl(c) || c == '\u2028' || c == '\u2029');
        ByteBuf frame = Unpooled.buffer();
        refusal.writeTo(frame);
        assertThat(Refusal.read(frame.skipBytes(Frames.HEADER_BYTES))).isEqualTo(refusal);
        return input[0] >= 0 && input[0] < Refusal.Reason.values().length;
    }

    @Override
    public List<byte[]> seeds() {
        ByteBuf hello = Unpooled.buffer();
        hello(Hello.VERSION, Hello.Purpose.MESSAGES).writeTo(hello);
        ByteBuf bulk = Unpooled.buffer();
        hello(Hello.VERSION, Hello.Purpose.BULK).writeTo(bulk);
        ByteBuf newer = Unpooled.buffer();
        hello(Hello.VERSION + 1, Hello.Purpose.GUEST).writeTo(newer);
        ByteBuf refusal = Unpooled.buffer();
        new Refusal(Refusal.Reason.STORAGE, "node 2 came \u00fcber").writeTo(refusal);
        return List.of(
                ByteBufUtil.getBytes(hello.skipBytes(Frames.HEADER_BYTES)),
                ByteBufUtil.getBytes(bulk.skipBytes(Frames.HEADER_BYTES)),
                ByteBufUtil.getBytes(newer.skipBytes(Frames.HEADER_BYTES)),
                ByteBufUtil.getBytes(refusal.skipBytes(Frames.HEADER_BYTES)));
    }

    private static Hello hello(int version, Hello.Purpose purpose) {
        return new Hello(
                version,
                new UUID(7, 7),
                2,
                new UUID(1, 2),
                1,
                purpose,
                new EntryId(3, 40),
                new PeerAddress("node-2", 7400),
                new PeerAddress("node-2", 7401));
    }
}
