package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A frame's type and body: a message that encodes to the same bytes, bar bad UTF-8, or a malformed frame. */
final class PeerMessageFuzz implements FuzzTarget {

    /** Where the records of an append request begin: behind type, term, previous id, commit index and count. */
    private static final int RECORDS_AT = 1 + 8 + 16 + 8 + 4;

    @Override
    public boolean accepts(byte[] input) throws MalformedFrameException {
        boolean asIs = reads(input);
        boolean sealed = reads(Checksums.ofRecords(input, RECORDS_AT));
        return asIs || sealed;
    }

    private static boolean reads(byte[] input) throws MalformedFrameException {
        PeerMessage message;
        try {
            message = read(input);
        } catch (MalformedFrameException refused) {
            return false;
        }
        ByteBuf frame = Unpooled.buffer();
        PeerMessageCodec.write(message, frame);
        assertThat((long) frame.readableBytes()).isLessThanOrEqualTo(PeerMessageCodec.frameBytesAtMost(message));
        byte[] again = ByteBufUtil.getBytes(frame.skipBytes(Frames.LENGTH_BYTES));
        boolean replaced = message instanceof PeerMessage.ProposeResponse response
                && response.detail().indexOf('\uFFFD') >= 0;
        if (!replaced) {
            assertThat(again).isEqualTo(input);
        }
        assertThat(read(again)).isEqualTo(message);
        return true;
    }

    private static PeerMessage read(byte[] input) throws MalformedFrameException {
        ByteBuf in = Unpooled.wrappedBuffer(input);
        if (!in.isReadable()) {
            throw new MalformedFrameException("nothing");
        }
        return PeerMessageCodec.read(FrameType.ofCode(in.readByte()), in);
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        Samples samples = new Samples(new SplittableRandom(1));
        List<PeerMessage> messages = new ArrayList<>(samples.oneOfEach());
        messages.add(new PeerMessage.Consensus(samples.append(4, 20)));
        for (PeerMessage message : messages) {
            ByteBuf frame = Unpooled.buffer();
            PeerMessageCodec.write(message, frame);
            if (frame.readableBytes() < 700) {
                seeds.add(ByteBufUtil.getBytes(frame.skipBytes(Frames.LENGTH_BYTES)));
            }
        }
        return seeds;
    }
}
