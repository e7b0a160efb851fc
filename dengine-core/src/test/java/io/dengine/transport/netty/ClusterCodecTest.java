package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.transport.PeerMessage.SnapshotOffer;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Handshake and guest frames, which strangers send. */
class ClusterCodecTest {

    private static final List<Hello.Purpose> PURPOSES = List.of(Hello.Purpose.values());

    private interface Reader {
        Object read(ByteBuf body) throws MalformedFrameException;
    }

    private final SplittableRandom random = new SplittableRandom(11);
    private final Samples samples = new Samples(random);

    private static byte[] body(Consumer<ByteBuf> writer) {
        ByteBuf out = Unpooled.buffer();
        writer.accept(out);
        out.skipBytes(Frames.HEADER_BYTES);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private Hello hello() {
        return new Hello(
                Hello.VERSION,
                new UUID(random.nextLong(), 1),
                random.nextInt(),
                new UUID(2, random.nextLong()),
                random.nextInt(),
                PURPOSES.get(random.nextInt(PURPOSES.size())),
                new EntryId(1 + random.nextInt(9), random.nextInt(99)),
                new PeerAddress(random.nextBoolean() ? "fe80::1" : "node-1.example", 1 + random.nextInt(65_535)),
                random.nextBoolean() ? null : new PeerAddress("api", 1 + random.nextInt(65_535)));
    }

    @Test
    void whatIsReadEqualsWhatWasWritten() throws Exception {
        for (int round = 0; round < 200; round++) {
            Hello hello = hello();
            assertThat(Hello.read(Unpooled.wrappedBuffer(body(hello::writeTo)))).isEqualTo(hello);
            JoinRequest request = new JoinRequest(samples.member());
            byte[] requestBody = body(out -> ClusterCodec.write(request, out));
            assertThat(ClusterCodec.readJoinRequest(Unpooled.wrappedBuffer(requestBody)))
                    .isEqualTo(request);
            for (JoinAnswer.Outcome outcome : JoinAnswer.Outcome.values()) {
                JoinAnswer answer = new JoinAnswer(
                        outcome, "ein Satz über Knoten", random.nextBoolean() ? Membership.NONE : samples.membership());
                byte[] answerBody = body(out -> ClusterCodec.write(answer, out));
                assertThat(ClusterCodec.readJoinAnswer(Unpooled.wrappedBuffer(answerBody)))
                        .isEqualTo(answer);
            }
        }
    }

    @Test
    void theLongestRefusalAndHelloFitIntoAHandshake() {
        byte[] refusal = body(new Refusal(Refusal.Reason.OTHER, "\u20AC".repeat(5_000))::writeTo);
        assertThat(refusal.length).isLessThan(Connection.HANDSHAKE_FRAME_BYTES - Frames.HEADER_BYTES);
        PeerAddress longest = new PeerAddress("x".repeat(Member.MAX_ADDRESS_BYTES - 6), 65_535);
        Hello hello =
                new Hello(2, new UUID(1, 1), 1, new UUID(1, 1), 1, Hello.Purpose.GUEST, EntryId.ZERO, longest, longest);
        assertThat(body(hello::writeTo).length).isLessThan(Connection.HANDSHAKE_FRAME_BYTES - Frames.HEADER_BYTES);
    }

    @Test
    void hostileCountsAllocateNothing() {
        byte[] answer =
                body(out -> ClusterCodec.write(new JoinAnswer(JoinAnswer.Outcome.RETRY, "", Membership.NONE), out));
        Arrays.fill(answer, 1, 5, (byte) 0x7F);
        assertThatThrownBy(() -> ClusterCodec.readJoinAnswer(Unpooled.wrappedBuffer(answer)))
                .isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("announced");
    }

    @Test
    void anOfferOfManyFilesIsBoundedFromAbove() {
        SnapshotOffer offer = new SnapshotOffer(samples.manifest());
        ByteBuf out = Unpooled.buffer();
        PeerMessageCodec.write(offer, out);
        assertThat((long) out.readableBytes()).isLessThanOrEqualTo(PeerMessageCodec.frameBytesAtMost(offer));
    }

    /** Whatever the bytes are: a value, or the one typed exception. Anything else fails the test by itself. */
    @Test
    void mutatedFramesNeverThrowAnythingElse() {
        int malformed = 0;
        for (int round = 0; round < 5_000; round++) {
            JoinRequest request = new JoinRequest(samples.member());
            JoinAnswer answer = new JoinAnswer(JoinAnswer.Outcome.JOINED, "text", samples.membership());
            malformed += survives(body(hello()::writeTo), Hello::read);
            malformed += survives(body(out -> ClusterCodec.write(request, out)), ClusterCodec::readJoinRequest);
            malformed += survives(body(out -> ClusterCodec.write(answer, out)), ClusterCodec::readJoinAnswer);
            malformed += survives(body(new Refusal(Refusal.Reason.BUSY, "text")::writeTo), Refusal::read);
        }
        assertThat(malformed).isGreaterThan(2_000);
    }

    private int survives(byte[] body, Reader reader) {
        byte[] mutated = Arrays.copyOf(body, body.length - random.nextInt(3));
        for (int i = random.nextInt(4); i >= 0; i--) {
            mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
        }
        try {
            assertThat(reader.read(Unpooled.wrappedBuffer(mutated))).isNotNull();
            return 0;
        } catch (MalformedFrameException expected) {
            return 1;
        }
    }
}
