package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Node 2 misbehaves over a raw socket; node 3 must not feel it. */
class MalformedFrameTest {

    private final Map<NodeId, PeerAddress> members = TestNode.members(3);
    private final TestNode one = new TestNode(1, members);
    private final TestNode three = new TestNode(3, members);
    private CapturedLog log;

    @BeforeEach
    void start() {
        one.connectTimeout = Duration.ofMillis(500);
        log = new CapturedLog();
        one.start();
        three.start();
        three.awaitConnected(1);
    }

    @AfterEach
    void stop() {
        one.close();
        three.close();
        log.close();
    }

    @SuppressWarnings("ImmutableEnumChecker") // stateless lambdas
    enum Malformed {
        HUGE_LENGTH(out -> out.writeInt(Integer.MAX_VALUE).writeByte(18)),
        LENGTH_ABOVE_LIMIT(out -> out.writeInt((4 << 20) - 3).writeByte(18)),
        NEGATIVE_LENGTH(out -> out.writeInt(-1).writeByte(18)),
        NO_LENGTH(out -> out.writeInt(0)),
        UNKNOWN_TYPE(out -> out.writeInt(1).writeByte(99)),
        PONG_FROM_THE_DIALLER(out -> Frames.empty(FrameType.PONG, out)),
        HELLO_AGAIN(out -> RawPeer.helloOf(2, 1, Hello.Purpose.MESSAGES).writeTo(out)),
        A_CHUNK_AMONG_MESSAGES(
                out -> PeerMessageCodec.write(new PeerMessage.ChunkRequest(new UUID(1, 1), 0, 0, 1), out)),
        A_REQUEST_TO_JOIN(out -> ClusterCodec.write(new JoinRequest(Member.unknown(NodeId.of(2))), out)),
        SHORT_BODY(out ->
                out.writeInt(9).writeByte(FrameType.HEARTBEAT_REQUEST.code()).writeLong(1)),
        LONG_BODY(out -> out.writeInt(10)
                .writeByte(FrameType.TIMEOUT_NOW.code())
                .writeLong(1)
                .writeByte(0)),
        REJECTED_VALUE(
                out -> out.writeInt(9).writeByte(FrameType.TIMEOUT_NOW.code()).writeLong(0)),
        BAD_CHECKSUM(out -> {
            PeerMessageCodec.write(new Consensus(new Samples(new SplittableRandom(1)).append(3, 50)), out);
            out.setByte(out.writerIndex() - 1, out.getByte(out.writerIndex() - 1) ^ 1);
        });

        private final Consumer<ByteBuf> writer;

        Malformed(Consumer<ByteBuf> writer) {
            this.writer = writer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void closesOnlyItsOwnConnection(Malformed malformed) throws Exception {
        try (RawPeer bad = RawPeer.dialAs(2, one)) {
            PeerMessage good = new Consensus(new HeartbeatRequest(1, 1, 1, 0));
            bad.send(good);
            one.awaitHeard(2, good);

            bad.send(malformed.writer);
            assertThat(bad.awaitClosed()).isTrue();
        }
        assertThat(log.of(one)).singleElement().asString().contains("node 2").contains("malformed frame");
        assertThat(one.heard).hasSize(1);
        TestNode.patiently().until(() -> one.disconnects.equals(List.of(NodeId.of(2))));
        assertOthersAreFine();
    }

    @SuppressWarnings("ImmutableEnumChecker") // stateless lambdas
    enum BeforeHandshake {
        ANOTHER_PROTOCOL(out -> out.writeCharSequence("GET / HTTP/1.1\r\n\r\n", StandardCharsets.US_ASCII)),
        A_MESSAGE(out -> PeerMessageCodec.write(new Consensus(new TimeoutNow(1)), out)),
        A_PING(out -> Frames.empty(FrameType.PING, out)),
        MORE_THAN_A_HANDSHAKE(
                out -> out.writeInt(Connection.HANDSHAKE_FRAME_BYTES).writeByte(1)),
        OTHER_MAGIC(out -> out.writeInt(7).writeByte(1).writeInt(12345).writeShort(1)),
        SHORT_HELLO(out -> out.writeInt(7).writeByte(1).writeInt(Hello.MAGIC).writeShort(Hello.VERSION));

        private final Consumer<ByteBuf> writer;

        BeforeHandshake(Consumer<ByteBuf> writer) {
            this.writer = writer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingButAHandshakeIsTakenFirst(BeforeHandshake first) throws Exception {
        try (RawPeer bad = RawPeer.dial(one.address())) {
            bad.send(first.writer);
            assertThat(bad.awaitClosed()).isTrue();
        }
        assertThat(log.of(one)).singleElement().asString().contains("127.0.0.1").contains("malformed frame");
        assertThat(one.heard).isEmpty();
        assertThat(one.disconnects).isEmpty();
        assertOthersAreFine();
    }

    @Test
    void whoSaysNothingIsClosed() throws Exception {
        try (RawPeer silent = RawPeer.dial(one.address())) {
            assertThat(silent.awaitClosed()).isTrue();
        }
        assertOthersAreFine();
    }

    @Test
    void aFrameCutByTheEndOfTheConnectionIsNoMessage() throws Exception {
        try (RawPeer bad = RawPeer.dialAs(2, one)) {
            bad.send(out -> {
                PeerMessageCodec.write(new Consensus(new TimeoutNow(1)), out);
                out.writerIndex(out.writerIndex() - 1);
            });
        }
        TestNode.patiently().until(() -> one.disconnects.contains(NodeId.of(2)));
        assertThat(one.heard).isEmpty();
        assertOthersAreFine();
    }

    @Test
    void aNewerConnectionOfAPeerReplacesTheOlder() throws Exception {
        try (RawPeer older = RawPeer.dialAs(2, one);
                RawPeer newer = RawPeer.dialAs(2, one)) {
            assertThat(older.awaitClosed()).isTrue();
            assertThat(one.disconnects).containsExactly(NodeId.of(2));
            PeerMessage message = new Consensus(new TimeoutNow(4));
            newer.send(message);
            one.awaitHeard(2, message);
        }
    }

    private void assertOthersAreFine() {
        PeerMessage message = new Consensus(new TimeoutNow(77));
        assertThat(three.send(1, message)).isTrue();
        one.awaitHeard(3, message);
        assertThat(three.disconnects).isEmpty();
    }
}
