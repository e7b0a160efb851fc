package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.NioDisk;
import io.dengine.storage.SimDisk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTest {

    private static final Path DATA = Path.of("data");
    private static final UUID ID = new UUID(1, 1);

    private final SimDisk disk = new SimDisk(new SplittableRandom(1));
    private DataDirectory directory = open(disk, DATA);

    private static DataDirectory open(Disk disk, Path path) {
        return DataDirectory.open(disk, path, "orders", NodeId.of(1), () -> new UUID(9, 9));
    }

    private void restart() {
        directory = open(disk, DATA);
    }

    // ---- taking ----

    @Test
    void snapshotTakenCanBeReadUntilItIsDropped() throws IOException {
        SnapshotStore store = directory.snapshots();
        SnapshotManifest manifest = Snapshots.take(disk, store, ID, 10, Snapshots.FILES);
        assertThat(manifest.files())
                .isEqualTo(Snapshots.manifest(ID, 10, Snapshots.FILES).files());
        assertThat(store.manifest(ID)).isEqualTo(manifest);
        for (int file = 0; file < manifest.files().size(); file++) {
            byte[] expected = Snapshots.FILES.get(manifest.files().get(file).name());
            assertThat(store.read(ID, file, 0, Integer.MAX_VALUE)).isEqualTo(expected);
        }
        store.drop(ID);
        assertThat(store.read(ID, 1, 0, 10)).isEmpty();
        assertThat(store.manifest(ID)).isNull();
        assertThat(disk.list(DATA.resolve("snapshots"))).isEmpty();
        store.drop(ID);
    }

    @Test
    void whatIsAskedForInVainIsAnsweredWithNothing() throws IOException {
        SnapshotStore store = directory.snapshots();
        Snapshots.take(disk, store, ID, 10, Snapshots.FILES);
        int large = Snapshots.LARGE;
        assertThat(store.read(new UUID(1, 2), large, 0, 10)).isEmpty();
        assertThat(store.read(ID, -1, 0, 10)).isEmpty();
        assertThat(store.read(ID, 99, 0, 10)).isEmpty();
        assertThat(store.read(ID, large, -1, 10)).isEmpty();
        assertThat(store.read(ID, large, 3000, 10)).isEmpty();
        assertThat(store.read(ID, large, 0, 0)).isEmpty();
        assertThat(store.read(ID, large, 0, -5)).isEmpty();
        assertThat(store.read(ID, large, 2999, 10)).hasSize(1);
    }

    @Test
    void whatIsAppendedBehindALinkedFileIsNoPartOfTheSnapshot() throws IOException {
        SnapshotStore store = directory.snapshots();
        Path made = store.begin(ID);
        Snapshots.write(disk, made, Snapshots.FILES);
        List<SnapshotFile> measured = store.measure(ID);
        try (Disk.File file = disk.open(made.resolve("history/events-1"))) {
            file.write(ByteBuffer.wrap(new byte[100]), file.size());
        }
        SnapshotManifest manifest =
                store.finish(Snapshots.manifest(ID, 10, Snapshots.FILES).withFiles(measured));
        assertThat(manifest).isEqualTo(Snapshots.manifest(ID, 10, Snapshots.FILES));
        assertThat(store.read(ID, 0, 0, 1 << 20)).isEqualTo(Snapshots.FILES.get("history/events-1"));
    }

    @Test
    void snapshotsTakenAreGoneAfterARestart() throws IOException {
        Snapshots.take(disk, directory.snapshots(), ID, 10, Snapshots.FILES);
        directory.close();
        restart();
        assertThat(directory.snapshots().finished()).isEmpty();
        assertThat(disk.list(DATA.resolve("snapshots"))).isEmpty();
    }

    // ---- receiving ----

    @Test
    void partsThatAreNotTheNextOnesAreNotWritten() {
        SnapshotManifest manifest = Snapshots.manifest(ID, 10, Snapshots.FILES);
        try (Staging staging = directory.snapshots().stage(manifest)) {
            int large = Snapshots.LARGE;
            assertThat(staging.write(large, 1, new byte[5])).isFalse();
            assertThat(staging.write(large, 0, new byte[0])).isFalse();
            assertThat(staging.write(large, 0, new byte[3001])).isFalse();
            assertThat(staging.write(-1, 0, new byte[1])).isFalse();
            assertThat(staging.write(99, 0, new byte[1])).isFalse();
            assertThat(staging.write(large, 0, new byte[1000])).isTrue();
            assertThat(staging.write(large, 0, new byte[1000])).isFalse();
            assertThat(staging.write(large, 1000, new byte[2001])).isFalse();
            assertThat(staging.receivedBytes()).isEqualTo(1000);
            assertThat(staging.missingFrom(large, 0, 512)).isEqualTo(new Staging.Part(large, 1000, 512));
            assertThat(staging.missingFrom(large, 2900, 512)).isEqualTo(new Staging.Part(large, 2900, 100));
            assertThat(staging.missingFrom(large, 3000, 512)).isEqualTo(new Staging.Part(large + 1, 0, 20));
            assertThatThrownBy(staging::complete).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void downloadGoesOnAfterARestart() throws IOException {
        SnapshotManifest manifest = Snapshots.manifest(ID, 10, Snapshots.FILES);
        Staging first = directory.snapshots().stage(manifest);
        assertThat(Snapshots.receive(first, Snapshots.FILES, 500, 4)).isEqualTo(4);
        long before = first.receivedBytes();
        first.close();
        directory.close();
        restart();
        assertThat(directory.snapshots().staged()).isEqualTo(manifest);
        Staging second = directory.snapshots().stage(manifest);
        assertThat(second.receivedBytes()).isEqualTo(before).isPositive();
        Snapshots.receive(second, Snapshots.FILES, 500, Integer.MAX_VALUE);
        assertThat(second.complete()).isEmpty();
    }

    @Test
    void anotherSnapshotTakesThePlaceOfOneHalfReceived() throws IOException {
        SnapshotManifest manifest = Snapshots.manifest(ID, 10, Snapshots.FILES);
        try (Staging first = directory.snapshots().stage(manifest)) {
            Snapshots.receive(first, Snapshots.FILES, 500, 4);
        }
        UUID other = new UUID(1, 2);
        try (Staging second = directory.snapshots().stage(Snapshots.manifest(other, 20, Snapshots.FILES))) {
            assertThat(second.receivedBytes()).isZero();
        }
        assertThat(disk.list(DATA.resolve("staging"))).containsExactly(other.toString());
        // The same id with another content is another snapshot.
        Map<String, byte[]> less = Map.of("state/x", new byte[3]);
        try (Staging third = directory.snapshots().stage(Snapshots.manifest(other, 20, less))) {
            assertThat(third.receivedBytes()).isZero();
            Snapshots.receive(third, less, 500, 9);
            assertThat(third.complete()).isEmpty();
        }
        directory.snapshots().abandonStaging();
        assertThat(directory.snapshots().staged()).isNull();
    }

    @Test
    void fileThatDoesNotMatchIsReceivedAgain() throws IOException {
        SnapshotManifest manifest = Snapshots.manifest(ID, 10, Snapshots.FILES);
        Staging staging = directory.snapshots().stage(manifest);
        Snapshots.receive(staging, Snapshots.FILES, 500, Integer.MAX_VALUE);
        SnapshotFile large = manifest.files().get(Snapshots.LARGE);
        disk.flipBit(DATA.resolve("staging").resolve(ID.toString()).resolve(large.name()), 1234, 3);
        assertThat(staging.complete()).containsExactly(large);
        assertThatThrownBy(() -> directory.install(manifest, true)).isInstanceOf(IllegalStateException.class);
        assertThat(staging.firstMissing(100)).isEqualTo(new Staging.Part(Snapshots.LARGE, 0, 100));
        Snapshots.receive(staging, Snapshots.FILES, 500, Integer.MAX_VALUE);
        assertThat(staging.complete()).isEmpty();
        directory.install(manifest, true);
        Snapshots.requireInstalled(disk, directory, Snapshots.FILES);
    }

    @Test
    void manifestThatRottedIsNotGoneOnWith() {
        SnapshotManifest manifest = Snapshots.manifest(ID, 10, Snapshots.FILES);
        directory.snapshots().stage(manifest).close();
        disk.flipBit(DATA.resolve("staging").resolve(ID.toString()).resolve("manifest"), 30, 1);
        directory.close();
        restart();
        assertThat(directory.snapshots().staged()).isNull();
        assertThat(disk.list(DATA.resolve("staging"))).isEmpty();
    }

    @Test
    void whatAFailedSyncLeftInTheCacheIsWrittenAgain() throws IOException {
        SnapshotManifest manifest = Snapshots.manifest(ID, 10, Snapshots.FILES);
        Staging failing = directory.snapshots().stage(manifest);
        disk.failNextForce();
        StorageFailure failure = catchThrowableOfType(
                StorageFailure.class, () -> Snapshots.receive(failing, Snapshots.FILES, 5000, Integer.MAX_VALUE));
        assertThat(failure.kind()).isEqualTo(StorageFailure.Kind.IO);
        disk.kill();
        restart();
        Staging again = directory.snapshots().stage(manifest);
        assertThat(again.receivedBytes()).isPositive();
        Snapshots.receive(again, Snapshots.FILES, 5000, Integer.MAX_VALUE);
        assertThat(again.complete()).isEmpty();
        directory.install(manifest, false);
        disk.crash();
        restart();
        Snapshots.requireInstalled(disk, directory, Snapshots.FILES);
    }

    // ---- from one to the other ----

    @Test
    void realDiskAndHeapCarryASnapshotOver(@TempDir Path temp) throws IOException {
        carryOver(new NioDisk(), temp.resolve("from"), temp.resolve("to"));
        carryOver(new MemoryDisk(), Path.of("from"), Path.of("to"));
    }

    private static void carryOver(Disk disk, Path fromPath, Path toPath) throws IOException {
        try (DataDirectory from = open(disk, fromPath);
                DataDirectory to = open(disk, toPath)) {
            SnapshotManifest manifest = Snapshots.take(disk, from.snapshots(), ID, 10, Snapshots.FILES);
            try (Staging staging = to.snapshots().stage(manifest)) {
                for (Staging.Part part = staging.firstMissing(777);
                        part != null;
                        part = staging.missingFrom(part.file(), part.offset(), 777)) {
                    byte[] bytes = from.snapshots().read(ID, part.file(), part.offset(), part.bytes());
                    assertThat(staging.write(part.file(), part.offset(), bytes)).isTrue();
                }
                assertThat(staging.complete()).isEmpty();
            }
            Path old = to.state();
            to.install(manifest, true);
            Snapshots.requireInstalled(disk, to, Snapshots.FILES);
            assertThat(disk.exists(old)).isTrue();
            to.deleteOldGenerations();
            assertThat(disk.exists(old)).isFalse();
        }
        try (DataDirectory again = open(disk, toPath)) {
            Snapshots.requireInstalled(disk, again, Snapshots.FILES);
        }
    }
}
