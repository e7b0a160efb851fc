package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerMessage.ProposeRequest;
import io.dengine.transport.PeerMessage.ReadIndexRequest;
import io.dengine.transport.PortInUseException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class NettyPeerTransportTest {

    private static final PeerMessage HEARTBEAT = new Consensus(new HeartbeatRequest(3, 2, 1, 0));

    @Test
    void everyMessageTypeReachesEveryPeer() {
        Map<NodeId, PeerAddress> members = TestNode.members(3);
        try (TestNode one = new TestNode(1, members).start();
                TestNode two = new TestNode(2, members).start();
                TestNode three = new TestNode(3, members).start()) {
            List<TestNode> nodes = List.of(one, two, three);
            one.awaitConnected(2, 3);
            two.awaitConnected(1, 3);
            three.awaitConnected(1, 2);
            for (TestNode from : nodes) {
                for (TestNode to : nodes) {
                    if (from != to) {
                        List<PeerMessage> sent = new Samples(new SplittableRandom(from.id.value())).oneOfEach();
                        sent.forEach(message ->
                                assertThat(from.send(to.id.value(), message)).isTrue());
                        sent.forEach(message -> to.awaitHeard(from.id.value(), message));
                    }
                }
            }
        }
    }

    @Test
    void messagesOfOneLaneArriveInOrder() {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        try (TestNode one = new TestNode(1, members).start();
                TestNode two = new TestNode(2, members).start()) {
            one.awaitConnected(2);
            for (int i = 0; i < 2_000; i++) {
                assertThat(one.send(2, new ProposeRequest(i, ByteSequence.of("x".repeat(i % 700)))))
                        .isTrue();
            }
            TestNode.patiently().until(() -> two.heard.size() == 2_000);
            for (int i = 0; i < 2_000; i++) {
                assertThat(((ProposeRequest) two.heard.get(i).message()).requestId())
                        .isEqualTo(i);
            }
        }
    }

    @Test
    void sendToNobodyIsCertainlyNotSent() {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        try (TestNode one = new TestNode(1, members).start()) {
            assertThat(one.send(2, HEARTBEAT)).as("peer is down").isFalse();
            assertThat(one.send(9, HEARTBEAT)).as("no such peer").isFalse();
            assertThat(one.send(1, HEARTBEAT)).as("itself").isFalse();
        }
    }

    @Test
    void aMessageAboveTheFrameLimitIsNotSent() {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        TestNode small = new TestNode(1, members);
        small.maxFrameBytes = 2048;
        try (small;
                TestNode two = new TestNode(2, members).start()) {
            small.start().awaitConnected(2);
            assertThat(small.send(2, new ProposeRequest(1, ByteSequence.wrap(new byte[2048]))))
                    .isFalse();
            PeerMessage fits = new ProposeRequest(2, ByteSequence.wrap(new byte[1900]));
            assertThat(small.send(2, fits)).isTrue();
            two.awaitHeard(1, fits);
        }
    }

    @Test
    void aHeartbeatOvertakesTheBacklogAndAFullQueueRefuses() throws Exception {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        PeerAddress peer = members.get(NodeId.of(2));
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(16 * 1024);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), peer.port()));
            TestNode one = new TestNode(1, members);
            one.idleTimeout = Duration.ofSeconds(60); // this peer never answers a PING
            try (one;
                    RawPeer slow = acceptAndShakeHands(one.start(), server)) {
                one.awaitConnected(2);
                ProposeRequest large = new ProposeRequest(1, ByteSequence.wrap(new byte[100_000]));
                int queued = 0;
                while (one.send(2, large)) {
                    queued++;
                    assertThat(queued).as("a bound").isLessThan(1_000);
                }
                assertThat(one.send(2, HEARTBEAT))
                        .as("the urgent lane has room")
                        .isTrue();

                int before = 0;
                while (slow.read().type() != FrameType.HEARTBEAT_REQUEST) {
                    before++;
                }
                int after = 0;
                while (before + after < queued + 1) { // the one PING stands before
                    slow.expect(FrameType.PROPOSE_REQUEST);
                    after++;
                }
                assertThat(after)
                        .as("of %d large frames these came later", queued)
                        .isGreaterThan(queued / 2);
            }
        }
    }

    private static RawPeer acceptAndShakeHands(TestNode dialler, ServerSocket server) throws Exception {
        RawPeer peer = new RawPeer(server.accept());
        peer.expect(FrameType.HELLO);
        peer.hello(2, dialler.id.value());
        return peer;
    }

    @RepeatedTest(5)
    void aRestartedPeerIsFoundAgain() {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        try (TestNode one = new TestNode(1, members).start()) {
            try (TestNode two = new TestNode(2, members).start()) {
                one.awaitConnected(2);
                two.awaitConnected(1);
                TestNode.patiently()
                        .until(() -> one.transport().connectedPeers().contains(two.id));
            }
            // Sooner than the idle timeout of 5 s: the peer's end is seen, not guessed from its silence.
            TestNode.patiently()
                    .atMost(Duration.ofSeconds(3))
                    .until(() -> one.transport().connectedPeers().isEmpty() && one.disconnects.size() == 2);
            assertThat(one.send(2, HEARTBEAT)).isFalse();
            try (TestNode again = new TestNode(2, members).start()) {
                one.awaitConnected(2);
                assertThat(one.send(2, HEARTBEAT)).isTrue();
                again.awaitHeard(1, HEARTBEAT);
            }
        }
    }

    @Test
    void idleConnectionsStayOpen() {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        TestNode one = new TestNode(1, members);
        TestNode two = new TestNode(2, members);
        one.idleTimeout = Duration.ofMillis(600);
        two.idleTimeout = Duration.ofMillis(600);
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            two.awaitConnected(1);
            TestNode.patiently()
                    .during(Duration.ofMillis(1500))
                    .until(() -> one.disconnects.isEmpty() && two.disconnects.isEmpty());
        }
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        PeerAddress taken = TestNode.freeAddress();
        try (ServerSocket other = new ServerSocket(taken.port(), 1, InetAddress.getLoopbackAddress());
                TestNode node = new TestNode(1, Map.of(NodeId.of(1), taken))) {
            assertThat(other.isBound()).isTrue();
            assertThatThrownBy(node::start)
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining(taken.toString());
        }
    }

    @Test
    void anAddressOfAnotherMachineIsNoPortInUse() {
        try (TestNode node = new TestNode(1, Map.of(NodeId.of(1), new PeerAddress("192.0.2.1", 7401)))) {
            assertThatThrownBy(node::start)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("192.0.2.1:7401");
        }
    }

    @RepeatedTest(5)
    void closeLeavesNoThreadAndFreesThePort() throws Exception {
        Map<NodeId, PeerAddress> members = Map.of(
                NodeId.of(771),
                TestNode.freeAddress(),
                NodeId.of(772),
                new PeerAddress("localhost", TestNode.freeAddress().port()));
        TestNode node = new TestNode(771, members).start();
        assertThat(threadsOf(node)).isNotEmpty();

        node.close();
        node.close();

        assertThat(node.send(772, new ReadIndexRequest(1))).isFalse();
        try (ServerSocket again = new ServerSocket(node.address().port(), 1, InetAddress.getLoopbackAddress())) {
            assertThat(again.isBound()).isTrue();
        }
        TestNode.patiently().untilAsserted(() -> assertThat(threadsOf(node)).isEmpty());
        assertThatThrownBy(() -> node.transport().start(node)).isInstanceOf(IllegalStateException.class);
    }

    /** The one who decides may break down before the port is bound, on the thread that binds it. */
    @Test
    void aCloseByItsOwnThreadDuringTheStartEndsBoth() throws Exception {
        TestNode node = new TestNode(773, Map.of(NodeId.of(773), TestNode.freeAddress()));
        try (PeerThread thread = new PeerThread("dengine-773-loop")) {
            NettyPeerTransport transport = new NettyPeerTransport(node.config(), thread);
            CompletableFuture<Thread> starter = new CompletableFuture<>();
            thread.executor().execute(() -> {
                Thread starting = starter.join();
                while (starting.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
                transport.close();
            });
            CompletableFuture<Void> started = new CompletableFuture<>();
            Thread starting = new Thread(() -> {
                transport.start(node);
                started.complete(null);
            });
            starting.start();
            starter.complete(starting);
            started.get(20, TimeUnit.SECONDS);
        }
        try (ServerSocket again = new ServerSocket(node.address().port(), 1, InetAddress.getLoopbackAddress())) {
            assertThat(again.isBound()).isTrue();
        }
    }

    private static List<String> threadsOf(TestNode node) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("dengine-" + node.id + "-"))
                .toList();
    }
}
