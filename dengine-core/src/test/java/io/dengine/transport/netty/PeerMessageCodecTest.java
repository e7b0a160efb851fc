package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.RaftMessage;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PeerMessageCodecTest {

    /** Those whose last part fills the frame. */
    private static final Set<Class<?>> ENDS_WITH_FRAME = Set.of(
            PeerMessage.ProposeRequest.class,
            PeerMessage.ProposeResponse.class,
            PeerMessage.ClusterResponse.class,
            PeerMessage.Chunk.class);

    @Test
    void everyMessageTypeIsCarried() {
        Set<Class<?>> sampled = new HashSet<>();
        for (PeerMessage message : new Samples(new SplittableRandom(1)).oneOfEach()) {
            sampled.add(message.getClass());
            if (message instanceof Consensus consensus) {
                sampled.add(consensus.message().getClass());
            }
        }
        Set<Class<?>> permitted = new HashSet<>(List.of(PeerMessage.class.getPermittedSubclasses()));
        permitted.addAll(List.of(RaftMessage.class.getPermittedSubclasses()));

        assertThat(sampled).isEqualTo(permitted);
    }

    @Test
    void whatIsReadEqualsWhatWasWritten() throws Exception {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 500; round++) {
            for (PeerMessage message : new Samples(random).oneOfEach()) {
                byte[] frame = frame(message);
                assertThat(read(frame)).isEqualTo(message);
                assertThat((long) frame.length).isLessThanOrEqualTo(PeerMessageCodec.frameBytesAtMost(message));
            }
        }
    }

    @Test
    void cutOrLengthenedFramesAreMalformed() {
        for (PeerMessage message : new Samples(new SplittableRandom(3)).oneOfEach()) {
            byte[] frame = frame(message);
            byte[] longer = Arrays.copyOf(frame, frame.length + 1);
            if (!ENDS_WITH_FRAME.contains(message.getClass())) {
                assertThatThrownBy(() -> read(longer)).isInstanceOf(MalformedFrameException.class);
                byte[] shorter = Arrays.copyOf(frame, frame.length - 1);
                assertThatThrownBy(() -> read(shorter)).isInstanceOf(MalformedFrameException.class);
            }
        }
    }

    @Test
    void aFlippedBitInAnEntryIsMalformed() {
        AppendRequest append = new Samples(new SplittableRandom(4)).append(3, 100);
        byte[] frame = frame(new Consensus(append));
        int firstRecord = Frames.HEADER_BYTES + 8 + 16 + 8 + 4;
        for (int at = firstRecord; at < frame.length; at++) {
            byte[] broken = frame.clone();
            broken[at] ^= 0x10;
            assertThatThrownBy(() -> read(broken)).isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void aHostileEntryCountAllocatesNothing() {
        byte[] frame = frame(new Consensus(new Samples(new SplittableRandom(5)).append(0, 0)));
        for (int i = 1; i <= 4; i++) {
            frame[frame.length - i] = 0x7F;
        }
        assertThatThrownBy(() -> read(frame))
                .isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("entries");
    }

    @Test
    void entriesOutOfOrderAreMalformed() {
        AppendRequest append = new Samples(new SplittableRandom(6)).append(3, 100);
        AppendRequest gap = new AppendRequest(
                append.term(),
                append.previous(),
                List.of(append.entries().get(0), append.entries().get(2)),
                append.commitIndex());
        byte[] frame = frame(new Consensus(gap));
        assertThatThrownBy(() -> read(frame))
                .isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("follow");
    }

    /** Whatever the bytes are: a message, or the one typed exception. Anything else fails the test by itself. */
    @Test
    void randomAndMutatedFramesNeverThrowAnythingElse() {
        SplittableRandom random = new SplittableRandom(7);
        int malformed = 0;
        for (int round = 0; round < 3_000; round++) {
            for (PeerMessage message : new Samples(random).oneOfEach()) {
                malformed += survives(mutated(frame(message), random));
            }
            byte[] noise = new byte[Frames.HEADER_BYTES + random.nextInt(120)];
            random.nextBytes(noise);
            malformed += survives(noise);
        }
        assertThat(malformed).isGreaterThan(10_000);
    }

    private static int survives(byte[] frame) {
        try {
            assertThat(read(frame)).isNotNull();
            return 0;
        } catch (MalformedFrameException expected) {
            return 1;
        }
    }

    private static byte[] mutated(byte[] frame, SplittableRandom random) {
        byte[] result = Arrays.copyOf(frame, Math.max(Frames.HEADER_BYTES, frame.length - random.nextInt(3)));
        for (int i = random.nextInt(4); i >= 0; i--) {
            result[Frames.LENGTH_BYTES + random.nextInt(result.length - Frames.LENGTH_BYTES)] =
                    (byte) random.nextInt(256);
        }
        return result;
    }

    private static byte[] frame(PeerMessage message) {
        ByteBuf out = Unpooled.buffer();
        PeerMessageCodec.write(message, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static PeerMessage read(byte[] frame) throws MalformedFrameException {
        ByteBuf in = Unpooled.wrappedBuffer(frame);
        in.skipBytes(Frames.LENGTH_BYTES);
        return PeerMessageCodec.read(FrameType.ofCode(in.readByte()), in.readSlice(in.readableBytes()));
    }
}
