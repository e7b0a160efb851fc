package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.dengine.config.PeerAddress;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.dengine.transport.PeerTransport.PeerListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * All that a stranger sends on a connection, through the pipeline as it is. However the stream is cut into reads, the
 * same messages arrive; and a connection is closed only as malformed or refused, never by an error of ours.
 */
final class PeerStreamFuzz implements FuzzTarget {

    private static final int MOST_SINGLE_BYTES = 400;

    private final NettyPeerConfig config = new NettyPeerConfig(
            NodeId.of(1),
            TestNode.CLUSTER,
            TestNode.storageOf(NodeId.of(1)),
            new PeerAddress("127.0.0.1", 1),
            new PeerAddress("127.0.0.1", 1),
            null,
            Map.of(),
            1 << 20,
            1 << 20,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            (peer, storage) -> storage.equals(TestNode.storageOf(peer)),
            null);

    private final Membership membership = Membership.ofVoters(List.of(NodeId.of(1), NodeId.of(2)));

    /** What was heard, in order: messages, what peers said of themselves, and requests to join. */
    private record Outcome(List<Object> heard, boolean open) {}

    /** Takes the connection's log lines away from the console for a while; an error among them is a finding. */
    private static final class Errors extends AppenderBase<ILoggingEvent> implements AutoCloseable {

        private final Logger logger = (Logger) LoggerFactory.getLogger(NettyPeerTransport.class);
        private final List<String> lines = new ArrayList<>();

        Errors() {
            setContext(logger.getLoggerContext());
            start();
            logger.setAdditive(false);
            logger.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                lines.add(event.getFormattedMessage() + " " + event.getThrowableProxy());
            }
        }

        @Override
        public void close() {
            logger.detachAppender(this);
            logger.setAdditive(true);
            stop();
        }
    }

    private static final class Heard implements PeerListener {

        private final List<Object> all = new ArrayList<>();

        @Override
        public void onMessage(NodeId from, PeerMessage message) {
            assertThat(from).isEqualTo(NodeId.of(2));
            all.add(message);
        }

        @Override
        public void onDisconnected(NodeId peer) {
            assertThat(peer).isEqualTo(NodeId.of(2));
        }

        @Override
        public void onSeen(Member peer) {
            assertThat(peer.id()).isEqualTo(NodeId.of(2));
            assertThat(peer.storageId()).isEqualTo(TestNode.storageOf(NodeId.of(2)));
            all.add(peer);
        }

        @Override
        public void onJoin(JoinRequest request, Consumer<JoinAnswer> answer) {
            all.add(request);
            answer.accept(new JoinAnswer(JoinAnswer.Outcome.RETRY, "later", Membership.NONE));
        }

        @Override
        public void onRefused(NodeId peer, String text) {
            assertThat(peer).isEqualTo(NodeId.of(2));
            all.add(text);
        }
    }

    @Override
    public boolean accepts(byte[] input) {
        int half = Math.floorMod(Arrays.hashCode(input), input.length + 1);
        try (Errors errors = new Errors()) {
            Outcome whole = receive(input, input.length);
            assertThat(receive(input, Math.max(1, half))).isEqualTo(whole);
            if (input.length <= MOST_SINGLE_BYTES) {
                assertThat(receive(input, 1)).isEqualTo(whole);
            }
            assertThat(errors.lines).isEmpty();
            return whole.open && !whole.heard.isEmpty();
        }
    }

    /** Feeds {@code input} in pieces of {@code pieceBytes}. */
    private Outcome receive(byte[] input, int pieceBytes) {
        Heard heard = new Heard();
        EmbeddedChannel channel = new EmbeddedChannel();
        // Nothing is dialled: names are not looked up any more, and no real socket can live on an embedded loop.
        Dialler dialler = new Dialler(config, channel.eventLoop(), new DefaultChannelGroup(channel.eventLoop()), null);
        dialler.close();
        Wiring wiring = new Wiring(config, channel.eventLoop(), dialler, new RepeatFilter(), Patience.DEFAULT);
        Roster roster = new Roster(wiring, heard, Membership.NONE, EntryId.ZERO);
        roster.follow(membership, new EntryId(4, 40));
        channel.pipeline().addLast(new AcceptedConnection(config, new Inbound(wiring, heard, roster)));
        channel.pipeline().fireChannelActive();
        for (int from = 0; from < input.length && channel.isOpen(); from += pieceBytes) {
            channel.writeInbound(Unpooled.copiedBuffer(input, from, Math.min(pieceBytes, input.length - from)));
        }
        boolean open = channel.isOpen();
        channel.finishAndReleaseAll();
        return new Outcome(List.copyOf(heard.all), open);
    }

    @Override
    public List<byte[]> seeds() {
        Samples samples = new Samples(new SplittableRandom(2));
        Member guest = Member.of(NodeId.of(2), "node-2:7400", TestNode.storageOf(NodeId.of(2)));
        return List.of(
                stream(
                        Hello.Purpose.MESSAGES,
                        out -> PeerMessageCodec.write(
                                new PeerMessage.Consensus(new HeartbeatRequest(3, 2, 1, 0)), out)),
                stream(Hello.Purpose.MESSAGES, out -> {
                    Frames.empty(FrameType.PING, out);
                    PeerMessageCodec.write(new PeerMessage.Consensus(samples.append(2, 20)), out);
                    Frames.empty(FrameType.PING, out);
                    PeerMessageCodec.write(new PeerMessage.ReadIndexRequest(9), out);
                }),
                stream(
                        Hello.Purpose.BULK,
                        out -> PeerMessageCodec.write(new PeerMessage.ChunkRequest(new UUID(1, 2), 0, 0, 100), out)),
                stream(Hello.Purpose.GUEST, out -> ClusterCodec.write(new JoinRequest(guest), out)));
    }

    private static byte[] stream(Hello.Purpose purpose, Consumer<ByteBuf> afterHello) {
        ByteBuf out = Unpooled.buffer();
        RawPeer.helloOf(2, 1, purpose).writeTo(out);
        afterHello.accept(out);
        return ByteBufUtil.getBytes(out);
    }
}
