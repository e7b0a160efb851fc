package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.NioDisk;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    private static final NodeId ONE = NodeId.of(1);
    private static final NodeId TWO = NodeId.of(2);
    private static final NodeId THREE = NodeId.of(3);
    private static final Path DATA = Path.of("data");

    private final SimDisk disk = new SimDisk(new SplittableRandom(1));
    private long nextId = 1;

    private UUID newId() {
        return new UUID(0, nextId++);
    }

    private DataDirectory open() {
        return open("orders", ONE);
    }

    private DataDirectory open(String cluster, NodeId self) {
        return DataDirectory.open(disk, DATA, cluster, self, this::newId);
    }

    private StorageFailure refusal(String cluster, NodeId self) {
        return catchThrowableOfType(StorageFailure.class, () -> open(cluster, self));
    }

    @Test
    void identityIsMadeOnceAndKept() {
        DataDirectory first = open();
        assertThat(first.storageId()).isEqualTo(new UUID(0, 1));
        assertThat(first.clusterId()).isEqualTo(DataDirectory.clusterIdOf("orders"));
        assertThat(first.log()).isEqualTo(DATA.resolve("log"));
        first.close();
        disk.crash();
        assertThat(open().storageId()).isEqualTo(new UUID(0, 1));
    }

    @Test
    void clusterNameMayHoldAnyCharacters() {
        String name = "a=b\\n\n\r\u00fc\u2603 ";
        open(name, ONE).close();
        open(name, ONE).close();
        assertThat(refusal("a=b", ONE).kind()).isEqualTo(Kind.WRONG_CLUSTER);
    }

    @Test
    void secondEngineIsRefusedUntilTheFirstHasClosed() {
        DataDirectory first = open();
        assertThat(refusal("orders", ONE).kind()).isEqualTo(Kind.LOCKED);
        assertThat(refusal("orders", ONE).kind()).isEqualTo(Kind.LOCKED);
        first.close();
        open().close();
    }

    @Test
    void foreignDirectoryIsRefusedWithWhatWhichAndWhatToDo() {
        open().close();
        StorageFailure cluster = refusal("payments", ONE);
        assertThat(cluster.kind()).isEqualTo(Kind.WRONG_CLUSTER);
        assertThat(cluster).hasMessageContainingAll("data", "'orders'", "'payments'", "Correct the cluster's name");
        StorageFailure node = refusal("orders", TWO);
        assertThat(node.kind()).isEqualTo(Kind.WRONG_NODE);
        assertThat(node).hasMessageContainingAll("belongs to node 1", "this is node 2", "Correct the node's id");
        // A refusal leaves the lock free.
        open().close();
    }

    @Test
    void damagedIdentityIsRefused() {
        open().close();
        disk.flipBit(DATA.resolve("identity"), 30, 2);
        assertThat(refusal("orders", ONE).kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void missingIdentityBesideALogIsRefused() throws IOException {
        open().close();
        disk.createDirectories(DATA.resolve("log"));
        disk.open(DATA.resolve("log").resolve("00000000000000000001.log")).close();
        disk.delete(DATA.resolve("identity"));
        assertThat(refusal("orders", ONE)).hasMessageContaining("it is missing, though there is");
    }

    @Test
    void newerIdentityIsNotGuessedAt() throws IOException {
        ByteBuffer lines = StandardCharsets.UTF_8.encode("format=2\n");
        CRC32C crc = new CRC32C();
        crc.update(lines);
        disk.createDirectories(DATA);
        try (Disk.File file = disk.open(DATA.resolve("identity"))) {
            file.write(
                    StandardCharsets.UTF_8.encode("format=2\ncrc32c=" + String.format("%08x", crc.getValue()) + "\n"),
                    0);
        }
        assertThat(refusal("orders", ONE).kind()).isEqualTo(Kind.OTHER_FORMAT);
    }

    @Test
    void storageIdIsDecidedOnceWhateverOperationThePowerFailsAt() {
        for (int at = 1; at <= 30; at++) {
            SimDisk failing = new SimDisk(new SplittableRandom(at));
            failing.failPowerAfter(at);
            try {
                DataDirectory.open(failing, DATA, "orders", ONE, this::newId).remember(TWO, new UUID(7, 7));
            } catch (SimDisk.PowerLoss expected) {
                assertThat(failing.operations()).isEqualTo(at);
            }
            failing.crash();
            UUID shown = DataDirectory.open(failing, DATA, "orders", ONE, this::newId)
                    .storageId();
            failing.crash();
            assertThat(DataDirectory.open(failing, DATA, "orders", ONE, this::newId)
                            .storageId())
                    .isEqualTo(shown);
        }
    }

    @Test
    void whatIsKnownOfPeersIsKept() {
        DataDirectory directory = open();
        assertThat(directory.rememberedStorage(TWO)).isNull();
        assertThat(directory.seeds()).isEmpty();
        directory.remember(TWO, new UUID(0, 22));
        directory.remember(THREE, new UUID(0, 33));
        directory.remember(THREE, new UUID(0, 34));
        List<PeerAddress> seeds = List.of(new PeerAddress("b", 7400), new PeerAddress("::1", 7401));
        directory.rememberSeeds(seeds);
        disk.crash();
        DataDirectory again = open();
        assertThat(again.rememberedStorage(TWO)).isEqualTo(new UUID(0, 22));
        assertThat(again.rememberedStorage(THREE)).isEqualTo(new UUID(0, 34));
        assertThat(again.seeds()).isEqualTo(seeds);
        again.rememberSeeds(List.of(new PeerAddress("c", 7400)));
        assertThat(again.seeds()).containsExactly(new PeerAddress("c", 7400));
        assertThat(again.rememberedStorage(TWO)).isEqualTo(new UUID(0, 22));
    }

    @Test
    void moreSeedsThanAreOfUseAreNotKept() {
        DataDirectory directory = open();
        List<PeerAddress> many = IntStream.rangeClosed(1, 40)
                .mapToObj(port -> new PeerAddress("host", port))
                .toList();
        directory.rememberSeeds(many);
        assertThat(directory.seeds()).isEqualTo(many.subList(0, 32));
    }

    @Test
    void realLockHoldsAgainstThisProcessAndEndsWithItsHolder(@TempDir Path directory) throws IOException {
        NioDisk real = new NioDisk();
        Closeable held = real.lock(directory);
        for (int attempt = 0; attempt < 2; attempt++) {
            StorageFailure refusal = catchThrowableOfType(StorageFailure.class, () -> real.lock(directory));
            assertThat(refusal.kind()).isEqualTo(Kind.LOCKED);
            assertThat(refusal).hasMessageContainingAll(directory.toString(), "another engine in this process");
        }
        held.close();
        held.close();
        real.lock(directory).close();
    }

    @Test
    void realDirectoriesAreMadeWithTheirParents(@TempDir Path directory) {
        DataDirectory made =
                DataDirectory.open(new NioDisk(), directory.resolve("a").resolve("b"), "orders", ONE, this::newId);
        assertThat(directory.resolve("a").resolve("b").resolve("identity")).isRegularFile();
        made.close();
    }
}
