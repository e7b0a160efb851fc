package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.fuzz.HeapFiles;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.SnapshotManifestCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What an earlier process, or a disk, left where a snapshot was being received, and then parts that anyone may send. Only
 * files that match the manifest are ever installed, and whatever was there before, the snapshot can still be received.
 *
 * <pre>
 * count u8 (mod 8), for each file left behind: name u8 | how u8 (bit 0: what belongs there comes first; bit 1: checksum
 * set right) | length u8 | bytes
 * parts: file u8 | offset u8, times 16 | length u8 (bit 7: the right bytes) | bytes if they are not
 * </pre>
 */
final class StagingFuzz implements FuzzTarget {

    private static final Path DATA = Path.of("data");
    private static final UUID ID = new UUID(3, 4);
    private static final int MOST_PARTS = 50;

    private final Map<String, byte[]> files = Snapshots.FILES;
    private final SnapshotManifest manifest = Snapshots.manifest(ID, 90, files);
    private final List<String> names = new ArrayList<>(List.of(
            ID + "/manifest",
            ID + "/manifest.draft",
            ID + "/state/unknown.sst",
            "no-id/manifest",
            new UUID(3, 5) + "/manifest"));

    StagingFuzz() {
        files.keySet().forEach(name -> names.add(ID + "/" + name));
    }

    @Override
    public boolean accepts(byte[] input) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(input);
        Disk disk = new MemoryDisk();
        open(disk).close();
        leave(in, disk);
        try (DataDirectory directory = open(disk)) {
            SnapshotManifest found = directory.snapshots().staged();
            boolean goesOn = manifest.equals(found);
            try (Staging staging = directory.snapshots().stage(manifest)) {
                boolean took = receive(in, staging);
                finish(staging);
                directory.install(manifest, true);
                requireInstalled(disk, directory);
                return goesOn || took;
            }
        }
    }

    private static DataDirectory open(Disk disk) {
        return DataDirectory.open(disk, DATA, "fuzz", NodeId.of(1), () -> new UUID(1, 1));
    }

    private void leave(ByteBuffer in, Disk disk) throws IOException {
        for (int count = number(in) % 8; count > 0; count--) {
            String name = names.get(number(in) % names.size());
            int how = number(in);
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            if ((how & 1) != 0) {
                content.writeBytes(belongsTo(name));
            }
            content.writeBytes(bytes(in, number(in)));
            byte[] bytes = content.toByteArray();
            boolean seal = (how & 2) != 0 && name.endsWith("manifest");
            HeapFiles.put(disk, DATA.resolve("staging").resolve(name), seal ? Checksums.ofManifest(bytes, 0) : bytes);
        }
    }

    private byte[] belongsTo(String name) {
        if (name.endsWith("manifest")) {
            return SnapshotManifestCodec.encode(manifest);
        }
        byte[] whole = files.getOrDefault(name.substring(name.indexOf('/') + 1), new byte[0]);
        return Arrays.copyOf(whole, whole.length / 2);
    }

    /** Returns whether any part was taken. */
    private boolean receive(ByteBuffer in, Staging staging) {
        boolean took = false;
        for (int i = 0; i < MOST_PARTS && in.hasRemaining(); i++) {
            int file = number(in) % (files.size() + 1);
            int offset = number(in) * 16;
            int length = number(in);
            boolean right = (length & 0x80) != 0;
            took |= staging.write(file, offset, right ? rightBytes(file, offset, length) : bytes(in, length));
            assertThat(staging.receivedBytes()).isLessThanOrEqualTo(manifest.sizeBytes());
        }
        return took;
    }

    private byte[] rightBytes(int file, int offset, int length) {
        byte[] whole =
                file < files.size() ? files.get(manifest.files().get(file).name()) : new byte[0];
        int from = Math.min(offset, whole.length);
        return Arrays.copyOfRange(whole, from, Math.min(whole.length, from + length));
    }

    /** Receives what is missing; what is there and does not match is found and received anew. */
    private void finish(Staging staging) {
        for (int round = 0; round < 2; round++) {
            Snapshots.receive(staging, files, 1000, Integer.MAX_VALUE);
            List<SnapshotFile> discarded = staging.complete();
            if (discarded.isEmpty()) {
                return;
            }
            assertThat(round).as("discarded " + discarded).isZero();
        }
        throw new AssertionError("received twice, and not right");
    }

    private void requireInstalled(Disk disk, DataDirectory directory) throws IOException {
        Map<String, byte[]> found = new TreeMap<>(Snapshots.filesOf(disk, directory));
        files.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
        assertThat(found.keySet()).isEqualTo(files.keySet());
    }

    private static int number(ByteBuffer in) {
        return in.hasRemaining() ? Byte.toUnsignedInt(in.get()) : 0;
    }

    private static byte[] bytes(ByteBuffer in, int count) {
        byte[] bytes = new byte[Math.min(count, in.remaining())];
        in.get(bytes);
        return bytes;
    }

    @Override
    public List<byte[]> seeds() {
        byte history = (byte) names.indexOf(ID + "/history/events-1");
        byte large = (byte) names.indexOf(ID + "/state/000012.sst");
        return List.of(
                new byte[] {0, 0, 0, (byte) 0xFF, 1, 0, (byte) 0xF0, 2, 0, 3, 7, 7, 7},
                new byte[] {2, 0, 1, 0, history, 1, 0, 0, 22, (byte) 0x90},
                new byte[] {3, 0, 1, 0, large, 1, 4, 9, 9, 9, 9, history, 0, 3, 1, 2, 3},
                new byte[] {2, 3, 1, 0, 1, 1, 2, 5, 5, 0, 0, (byte) 0x80 | 64});
    }
}
