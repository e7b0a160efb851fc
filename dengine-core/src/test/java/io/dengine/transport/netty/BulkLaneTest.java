package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Chunk;
import io.dengine.transport.PeerMessage.ChunkRequest;
import io.dengine.transport.PeerMessage.Consensus;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class BulkLaneTest {

    private static final UUID SNAPSHOT = new UUID(3, 3);
    private static final int CHUNK_BYTES = 256 * 1024;
    private static final long MEBIBYTE = 1 << 20;

    private final Map<NodeId, PeerAddress> members = TestNode.members(2);
    private final TestNode one = new TestNode(1, members);
    private final TestNode two = new TestNode(2, members);

    private static Chunk chunk(long offset, int bytes) {
        return new Chunk(SNAPSHOT, 0, offset, ByteSequence.wrap(new byte[bytes]), 0);
    }

    /** The throttle lets nothing of a snapshot pass while a heartbeat is on its way. */
    @Test
    void aThrottledReceiverDelaysNoHeartbeatAndCostsBoundedMemory() throws Exception {
        try (CuttableProxy proxy = new CuttableProxy(two.address());
                one;
                two) {
            proxy.throttle();
            one.peers.put(two.id, proxy.address());
            two.advertised = proxy.address();
            one.start();
            two.start();
            one.awaitConnected(2);

            long total = 100 * MEBIBYTE;
            long accepted = 0;
            long mostUnderWay = 0;
            long mostBuffers = 0;
            int rounds = 0;
            long[] micros = new long[1000];
            Chunk chunk = chunk(0, CHUNK_BYTES);
            while (two.largeChunkBytes.get() < total) {
                while (one.send(2, chunk)) {
                    accepted += CHUNK_BYTES;
                }
                long arrived = two.largeChunkBytes.get();
                mostUnderWay = Math.max(mostUnderWay, accepted - arrived);
                mostBuffers = Math.max(mostBuffers, bufferBytes());

                PeerMessage heartbeat = new Consensus(new HeartbeatRequest(1, 1, rounds, 0));
                long sent = System.nanoTime();
                assertThat(one.send(2, heartbeat)).isTrue();
                two.awaitHeard(1, heartbeat);
                micros[rounds++] = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - sent);

                proxy.letPass((int) MEBIBYTE);
                TestNode.patiently().until(() -> two.largeChunkBytes.get() >= arrived + MEBIBYTE / 2);
            }
            Arrays.sort(micros, 0, rounds);
            LoggerFactory.getLogger(BulkLaneTest.class)
                    .info(
                            "{} heartbeats: p50 {} us, most {} us; most under way {} KiB, in buffers {} KiB",
                            rounds,
                            micros[rounds / 2],
                            micros[rounds - 1],
                            mostUnderWay >> 10,
                            mostBuffers >> 10);
            assertThat(rounds).isGreaterThan(50);
            assertThat(one.disconnects).isEmpty();
            assertThat(mostUnderWay).isLessThan(Lane.MAX_BULK_QUEUED_BYTES + 4 * MEBIBYTE);
            assertThat(mostBuffers).isLessThan(64 * MEBIBYTE);
            assertThat(TimeUnit.MICROSECONDS.toMillis(micros[rounds / 2])).isLessThan(100);
        }
    }

    @Test
    void aSlowReceiverIsNoDeadOne() throws Exception {
        try (CuttableProxy proxy = new CuttableProxy(two.address());
                one;
                two) {
            proxy.throttle();
            one.idleTimeout = Duration.ofMillis(600);
            two.idleTimeout = Duration.ofSeconds(5);
            one.peers.put(two.id, proxy.address());
            two.advertised = proxy.address();
            two.start();
            one.start();
            one.awaitConnected(2);
            for (int i = 0; i < 8; i++) {
                assertThat(one.send(2, chunk(0, CHUNK_BYTES))).isTrue();
            }
            TestNode.patiently().until(() -> proxy.accepted.get() == 2);
            TestNode.patiently().during(Duration.ofMillis(1500)).until(() -> proxy.ended.get() == 0);
            proxy.letPass((int) (8 * MEBIBYTE));
            TestNode.patiently().until(() -> two.largeChunkBytes.get() == 8 * CHUNK_BYTES);
        }
    }

    private static long bufferBytes() {
        ByteBufAllocatorMetric metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory() + metric.usedHeapMemory();
    }

    @Test
    void theConnectionIsMadeOnDemandAndClosesWhenIdle() throws Exception {
        try (CuttableProxy proxy = new CuttableProxy(two.address());
                one;
                two) {
            one.patience = new Patience(Duration.ofMillis(300), Duration.ofSeconds(5));
            one.idleTimeout = Duration.ofMillis(900);
            two.idleTimeout = Duration.ofMillis(900);
            one.peers.put(two.id, proxy.address());
            two.advertised = proxy.address();
            two.start();
            one.start();
            one.awaitConnected(2);
            assertThat(proxy.accepted).hasValue(1);

            ChunkRequest request = new ChunkRequest(SNAPSHOT, 1, 0, CHUNK_BYTES);
            assertThat(one.send(2, request)).isTrue();
            two.awaitHeard(1, request);
            assertThat(proxy.accepted).hasValue(2);

            TestNode.patiently().until(() -> proxy.ended.get() == 1);
            assertThat(one.transport().connectedPeers()).containsExactly(two.id);
            assertThat(one.disconnects).as("only the way of messages counts").isEmpty();
            assertThat(two.disconnects).isEmpty();

            Chunk chunk = chunk(7, 100);
            assertThat(one.send(2, chunk)).isTrue();
            two.awaitHeard(1, chunk);
            assertThat(proxy.accepted).hasValue(3);
        }
    }

    @Test
    void chunksOfOneConnectionArriveInOrder() {
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            for (int i = 0; i < 100; i++) {
                assertThat(one.send(2, chunk(i, 60_000))).isTrue();
            }
            TestNode.patiently().until(() -> two.heard.size() == 100);
            for (int i = 0; i < 100; i++) {
                assertThat(((Chunk) two.heard.get(i).message()).offset()).isEqualTo(i);
            }
        }
    }

    @Test
    void aChunkAboveTheLimitIsNotSent() {
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            assertThat(one.send(2, chunk(0, SnapshotCodec.MAX_CHUNK_BYTES + 1))).isFalse();
            assertThat(one.send(2, chunk(0, SnapshotCodec.MAX_CHUNK_BYTES))).isTrue();
            TestNode.patiently().until(() -> two.largeChunkBytes.get() == SnapshotCodec.MAX_CHUNK_BYTES);
        }
    }

    @Test
    void toAPeerThatIsNotConnectedNothingIsKept() {
        try (one) {
            one.start();
            assertThat(one.send(2, chunk(0, 1))).isFalse();
        }
    }

    @Test
    void aMessageAmongChunksIsMalformed() throws Exception {
        try (CapturedLog log = new CapturedLog();
                one;
                RawPeer bad = RawPeer.dial(one.start().address())) {
            bad.send(RawPeer.helloOf(2, 1, Hello.Purpose.BULK)::writeTo);
            bad.expect(FrameType.HELLO);
            Chunk good = chunk(1, 10);
            bad.send(good);
            one.awaitHeard(2, good);
            bad.send(new Consensus(new HeartbeatRequest(1, 1, 1, 0)));
            assertThat(bad.awaitClosed()).isTrue();
            assertThat(log.of(one)).singleElement().asString().contains("HEARTBEAT_REQUEST on a connection for BULK");
        }
        assertThat(one.disconnects).isEmpty();
    }
}
