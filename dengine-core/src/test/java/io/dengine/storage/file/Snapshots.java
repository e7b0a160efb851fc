package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Small snapshots for the tests of those who keep them. */
final class Snapshots {

    static final Map<String, byte[]> FILES = new TreeMap<>(Map.of(
            "history/events-1", bytes(1, 700),
            "state/000012.sst", bytes(2, 3000),
            "state/CURRENT", bytes(3, 20),
            "state/EMPTY", new byte[0]));

    /** The position of the largest of them. */
    static final int LARGE = 1;

    private Snapshots() {}

    static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    static SnapshotManifest manifest(UUID id, long index, Map<String, byte[]> files) {
        List<SnapshotFile> listed = files.entrySet().stream()
                .map(file -> new SnapshotFile(file.getKey(), file.getValue().length, crc32c(file.getValue())))
                .toList();
        Membership membership = Membership.ofVoters(List.of(NodeId.of(1), NodeId.of(2)));
        return new SnapshotManifest(id, new EntryId(5, index), 500, 7, 8, membership, "rocksdb", listed);
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** Writes files as a table store and a history do. */
    static void write(Disk disk, Path directory, Map<String, byte[]> files) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            disk.createDirectories(path.getParent());
            try (Disk.File opened = disk.open(path)) {
                opened.write(ByteBuffer.wrap(file.getValue()), 0);
                opened.force();
            }
            disk.syncDirectory(path.getParent());
        }
    }

    static SnapshotManifest take(Disk disk, SnapshotStore store, UUID id, long index, Map<String, byte[]> files)
            throws IOException {
        write(disk, store.begin(id), files);
        return store.finish(manifest(id, index, files).withFiles(store.measure(id)));
    }

    /** Hands over at most {@code maxParts} of what is missing; returns how many. */
    static int receive(Staging staging, Map<String, byte[]> files, int maxBytes, int maxParts) {
        int parts = 0;
        for (Staging.Part part = staging.firstMissing(maxBytes);
                part != null && parts < maxParts;
                part = staging.firstMissing(maxBytes)) {
            byte[] file = files.get(staging.manifest().files().get(part.file()).name());
            int from = (int) part.offset();
            assertThat(staging.write(part.file(), from, Arrays.copyOfRange(file, from, from + part.bytes())))
                    .isTrue();
            parts++;
        }
        return parts;
    }

    static boolean isInstalled(Disk disk, DataDirectory directory, Map<String, byte[]> files) throws IOException {
        return filesOf(disk, directory).keySet().equals(files.keySet());
    }

    static void requireInstalled(Disk disk, DataDirectory directory, Map<String, byte[]> files) throws IOException {
        Map<String, byte[]> found = filesOf(disk, directory);
        assertThat(found.keySet()).isEqualTo(files.keySet());
        files.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
    }

    /** Returns what the generation in use consists of. */
    static Map<String, byte[]> filesOf(Disk disk, DataDirectory directory) throws IOException {
        Map<String, byte[]> found = new TreeMap<>();
        for (Path part : List.of(directory.state(), directory.history())) {
            for (String name : disk.list(part)) {
                try (Disk.File file = disk.open(part.resolve(name))) {
                    ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
                    file.read(bytes, 0);
                    found.put(part.getFileName() + "/" + name, bytes.array());
                }
            }
        }
        return found;
    }
}
