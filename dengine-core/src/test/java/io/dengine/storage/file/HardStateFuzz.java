package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.fuzz.HeapFiles;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The file of term and vote. The input is its first copy and, from byte 32 on, its second. */
final class HardStateFuzz implements FuzzTarget {

    private static final Path DIRECTORY = Path.of("log");
    private static final Path FILE = DIRECTORY.resolve(HardStateFile.NAME);
    private static final int COPY_BYTES = 32;
    private static final int COPY_DISTANCE = 4096;

    @Override
    public boolean accepts(byte[] input) throws IOException {
        byte[] file = spread(input);
        boolean asIs = opens(file);
        boolean sealed = opens(Checksums.ofHardState(file));
        return asIs || sealed;
    }

    private static byte[] spread(byte[] input) {
        if (input.length <= COPY_BYTES) {
            return input;
        }
        byte[] file = Arrays.copyOf(input, COPY_DISTANCE + input.length - COPY_BYTES);
        Arrays.fill(file, COPY_BYTES, Math.min(file.length, input.length), (byte) 0);
        System.arraycopy(input, COPY_BYTES, file, COPY_DISTANCE, input.length - COPY_BYTES);
        return file;
    }

    private static boolean opens(byte[] bytes) throws IOException {
        Disk disk = new MemoryDisk();
        HeapFiles.put(disk, FILE, bytes);
        HardState found;
        try (HardStateFile file = HardStateFile.open(disk, DIRECTORY)) {
            found = file.load();
        } catch (StorageFailure refused) {
            assertThat(refused.kind()).isIn(StorageFailure.Kind.CORRUPT, StorageFailure.Kind.OTHER_FORMAT);
            assertThat(HeapFiles.get(disk, FILE)).isEqualTo(bytes);
            return false;
        }
        byte[] healed = HeapFiles.get(disk, FILE);
        assertThat(Arrays.copyOf(healed, COPY_BYTES))
                .isEqualTo(Arrays.copyOfRange(healed, COPY_DISTANCE, COPY_DISTANCE + COPY_BYTES));
        HardState next = new HardState(Math.max(1, found.term()), NodeId.of(3));
        try (HardStateFile again = HardStateFile.open(disk, DIRECTORY)) {
            assertThat(again.load()).isEqualTo(found);
            again.save(next);
        }
        try (HardStateFile again = HardStateFile.open(disk, DIRECTORY)) {
            assertThat(again.load()).isEqualTo(next);
        }
        return true;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(saved(HardState.INITIAL), saved(new HardState(5, null)), saved(new HardState(6, NodeId.of(2))));
    }

    private static byte[] saved(HardState state) throws IOException {
        Disk disk = new MemoryDisk();
        disk.createDirectories(DIRECTORY);
        try (HardStateFile file = HardStateFile.create(disk, DIRECTORY)) {
            file.save(state);
        }
        byte[] bytes = HeapFiles.get(disk, FILE);
        byte[] input = Arrays.copyOf(bytes, 2 * COPY_BYTES);
        System.arraycopy(bytes, COPY_DISTANCE, input, COPY_BYTES, COPY_BYTES);
        return input;
    }
}
