package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.config.DEngineConfig;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.file.DataDirectory;
import io.dengine.transport.PeerMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** One node fetches a snapshot from others: the agents alone, over a wire that the test holds. */
class SnapshotTransferTest {

    private static final int MIB = 1 << 20;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private long nowNanos = 1;
    private long bytesPerSecond = 1L << 30;
    private Predicate<PeerMessage> lost = message -> false;
    private final Side sender = new Side(1, new MemoryDisk());
    private final Side other = new Side(2, new MemoryDisk());
    private final MemoryDisk receivingDisk = new MemoryDisk();
    private Side receiver = new Side(3, receivingDisk);
    private long chunkBytes;

    private final class Side {

        final int id;
        final MemoryDisk disk;
        final RecordedPeers peers = new RecordedPeers();
        final List<NodeEvent> events = new ArrayList<>();
        final DataDirectory directory;
        final SnapshotAgent agent;

        Side(int id, MemoryDisk disk) {
            this.id = id;
            this.disk = disk;
            DEngineConfig config = DEngineConfig.member(id, Path.of("data"), "test", SteppedNode.THREE);
            directory = SteppedNode.directory(config, disk);
            agent = new SnapshotAgent(directory, peers, events::add, bytesPerSecond, PAUSE.toNanos(), () -> nowNanos);
        }

        /** Makes a snapshot of files of these sizes, with random content. */
        SnapshotManifest take(long index, int... sizes) throws IOException {
            UUID snapshot = new UUID(id, index);
            Path target = directory.snapshots().begin(snapshot);
            Random random = new Random(index);
            disk.createDirectories(target.resolve("state"));
            for (int i = 0; i < sizes.length; i++) {
                byte[] content = new byte[sizes[i]];
                random.nextBytes(content);
                try (Disk.File file = disk.open(target.resolve("state").resolve("f" + i))) {
                    file.write(ByteBuffer.wrap(content), 0);
                }
            }
            SnapshotManifest measured = new SnapshotManifest(
                    snapshot,
                    new EntryId(1, index),
                    0,
                    index,
                    0,
                    Membership.ofVoters(List.of(NodeId.of(1))),
                    "memory",
                    directory.snapshots().measure(snapshot));
            agent.onTaken(measured, new MemoryTableStore().view());
            assertThat(agent.doWork()).isTrue();
            return events.stream()
                    .filter(NodeEvent.SnapshotTaken.class::isInstance)
                    .map(event -> ((NodeEvent.SnapshotTaken) event).manifest())
                    .filter(manifest -> manifest.id().equals(snapshot))
                    .findFirst()
                    .orElseThrow();
        }

        boolean has(SnapshotManifest manifest) {
            return events.contains(new NodeEvent.SnapshotArrived(manifest));
        }
    }

    private void settle() {
        boolean worked = true;
        while (worked) {
            worked = false;
            for (Side side : List.of(sender, other, receiver)) {
                while (side.agent.doWork()) {
                    worked = true;
                }
                for (RecordedPeers.Sent sent : List.copyOf(side.peers.sent)) {
                    side.peers.sent.remove(0);
                    if (!lost.test(sent.message())) {
                        to(sent.to().value()).agent.onPeerMessage(NodeId.of(side.id), sent.message());
                        worked = true;
                    }
                    if (sent.message() instanceof PeerMessage.Chunk chunk) {
                        chunkBytes += chunk.bytes().length();
                    }
                }
            }
        }
    }

    private Side to(int id) {
        return id == 1 ? sender : id == 2 ? other : receiver;
    }

    private void pass(Duration time) {
        long end = nowNanos + time.toNanos();
        while (nowNanos < end) {
            settle();
            nowNanos += Duration.ofMillis(10).toNanos();
        }
        settle();
    }

    private void offer(Side from, SnapshotManifest manifest) {
        receiver.agent.fetch(NodeId.of(from.id), manifest);
        settle();
    }

    @Test
    void aSnapshotArrivesAsItWasTaken() throws IOException {
        SnapshotManifest manifest = sender.take(10, 3 * MIB + 17, 0, 1, SnapshotSender.CHUNK_BYTES);
        offer(sender, manifest);
        assertThat(receiver.has(manifest)).isTrue();
        assertThat(chunkBytes).isEqualTo(manifest.sizeBytes());
        receiver.directory.install(manifest, false);
        for (SnapshotFile file : manifest.files()) {
            String name = String.valueOf(Path.of(file.name()).getFileName());
            try (Disk.File found = receivingDisk.open(receiver.directory.state().resolve(name))) {
                assertThat(found.size()).isEqualTo(file.bytes());
            }
        }
    }

    @Test
    void lostAndDamagedPartsAreAskedForAgain() throws IOException {
        SnapshotManifest manifest = sender.take(10, 3 * MIB);
        Random random = new Random(7);
        lost = message -> random.nextInt(4) == 0;
        offer(sender, manifest);
        for (int i = 0; i < 300 && !receiver.has(manifest); i++) {
            PeerMessage.Chunk damaged = new PeerMessage.Chunk(
                    manifest.id(), 0, 0, ByteSequence.wrap(new byte[SnapshotSender.CHUNK_BYTES]), 1);
            receiver.agent.onPeerMessage(NodeId.of(1), damaged);
            pass(Duration.ofSeconds(1));
        }
        assertThat(receiver.has(manifest)).isTrue();
    }

    @Test
    void aRestartedReceiverGoesOnWhereItWas() throws IOException {
        SnapshotManifest manifest = sender.take(10, 3 * MIB);
        lost = message -> message instanceof PeerMessage.Chunk chunk && chunk.offset() >= 2 * MIB;
        offer(sender, manifest);
        pass(Duration.ofSeconds(1));
        receiver.agent.close();
        receiver.directory.close();
        receiver = new Side(3, receivingDisk);
        lost = message -> false;
        chunkBytes = 0;
        offer(sender, manifest);
        assertThat(receiver.has(manifest)).isTrue();
        assertThat(chunkBytes).isEqualTo(MIB);
    }

    @Test
    void aNewerOfferIsTakenUpOnlyOnceTheSourceIsSilent() throws IOException {
        SnapshotManifest first = sender.take(10, 3 * MIB);
        SnapshotManifest second = other.take(20, MIB);
        lost = message -> message instanceof PeerMessage.Chunk chunk
                && chunk.snapshotId().equals(first.id())
                && chunk.offset() >= MIB;
        offer(sender, first);
        offer(other, second);
        pass(Duration.ofSeconds(2));
        offer(other, second);
        assertThat(receiver.has(second)).isFalse();
        pass(PAUSE.multipliedBy(SnapshotReceiver.LONGEST_PAUSE_FACTOR));
        offer(other, second);
        assertThat(receiver.has(second)).isTrue();
        assertThat(receiver.has(first)).isFalse();
    }

    @Test
    void aSnapshotThatItsSourceNoLongerHasIsGivenUpAtOnce() throws IOException {
        SnapshotManifest first = sender.take(10, 3 * MIB);
        SnapshotManifest second = other.take(20, MIB);
        lost = message -> message instanceof PeerMessage.Chunk chunk && chunk.offset() >= MIB;
        offer(sender, first);
        sender.agent.drop(first.id());
        lost = message -> false;
        pass(PAUSE.multipliedBy(2));
        offer(other, second);
        assertThat(receiver.has(second)).isTrue();
    }

    @Test
    void noMoreIsSentThanTheBoundAllows() throws IOException {
        bytesPerSecond = MIB;
        Side slow = new Side(2, new MemoryDisk());
        SnapshotManifest manifest = slow.take(10, 4 * MIB);
        receiver.agent.fetch(NodeId.of(2), manifest);
        long started = nowNanos;
        for (int i = 0; i < 2000 && !receiver.has(manifest); i++) {
            slow.agent.doWork();
            for (RecordedPeers.Sent sent : List.copyOf(slow.peers.sent)) {
                slow.peers.sent.remove(0);
                receiver.agent.onPeerMessage(NodeId.of(2), sent.message());
            }
            receiver.agent.doWork();
            for (RecordedPeers.Sent sent : List.copyOf(receiver.peers.sent)) {
                receiver.peers.sent.remove(0);
                slow.agent.onPeerMessage(NodeId.of(3), sent.message());
            }
            nowNanos += Duration.ofMillis(5).toNanos();
        }
        assertThat(receiver.has(manifest)).isTrue();
        assertThat(Duration.ofNanos(nowNanos - started)).isBetween(Duration.ofMillis(3500), Duration.ofMillis(5500));
    }

    @Test
    void partsThatAreWaitedForAgainAreSentInOrderAndInTurn() throws IOException {
        SnapshotManifest manifest = sender.take(10, 3 * MIB);
        for (int number : List.of(2, 1, 0)) {
            ask(2, manifest, number);
        }
        for (int number : List.of(1, 0)) {
            ask(3, manifest, number);
        }
        while (sender.agent.doWork()) {
            assertThat(sender.peers.sent).hasSizeLessThan(6);
        }
        assertThat(sender.peers.sent.stream()
                        .map(sent -> sent.to() + ":"
                                + ((PeerMessage.Chunk) sent.message()).offset() / SnapshotSender.CHUNK_BYTES))
                .containsExactly("2:0", "3:0", "2:1", "3:1", "2:2");
    }

    private void ask(int from, SnapshotManifest manifest, int number) {
        long offset = (long) number * SnapshotSender.CHUNK_BYTES;
        sender.agent.onPeerMessage(
                NodeId.of(from), new PeerMessage.ChunkRequest(manifest.id(), 0, offset, SnapshotSender.CHUNK_BYTES));
    }

    @Test
    void filesThatAreNotWhatTheirManifestSaysAreFetchedTwiceAndThenNoMore() throws IOException {
        SnapshotManifest taken = sender.take(10, MIB, 10);
        SnapshotFile first = taken.files().get(0);
        SnapshotManifest wrong = taken.withFiles(List.of(
                new SnapshotFile(first.name(), first.bytes(), first.crc32c() + 1),
                taken.files().get(1)));
        offer(sender, wrong);
        pass(Duration.ofSeconds(1));
        assertThat(receiver.has(wrong)).isFalse();
        assertThat(chunkBytes).isEqualTo(2 * MIB + 10);
        offer(sender, wrong);
        pass(Duration.ofSeconds(1));
        assertThat(chunkBytes).isEqualTo(2 * MIB + 10);
    }

    @Test
    void peersCannotFillTheAgentsMemory() {
        PeerMessage.Chunk chunk =
                new PeerMessage.Chunk(new UUID(9, 9), 0, 0, ByteSequence.wrap(new byte[SnapshotSender.CHUNK_BYTES]), 1);
        for (int i = 0; i < 1000; i++) {
            receiver.agent.onPeerMessage(NodeId.of(1), chunk);
        }
        assertThat(receiver.agent.waitingBytes()).isLessThanOrEqualTo(4 * MIB);
        settle();
        assertThat(receiver.agent.waitingBytes()).isZero();
    }
}
