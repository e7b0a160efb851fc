package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.fuzz.HeapFiles;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The files that an operator can read: what is read from one can be written and read again. */
final class CheckedTextFuzz implements FuzzTarget {

    private static final Path FILE = Path.of("data", "identity");

    @Override
    public boolean accepts(byte[] input) throws IOException {
        boolean asIs = reads(input);
        boolean sealed = reads(Checksums.ofText(input));
        return asIs || sealed;
    }

    private static boolean reads(byte[] bytes) throws IOException {
        Disk disk = new MemoryDisk();
        HeapFiles.put(disk, FILE, bytes);
        Map<String, String> found;
        try {
            found = CheckedTextFile.read(disk, FILE);
        } catch (StorageFailure refused) {
            assertThat(refused.kind()).isIn(StorageFailure.Kind.CORRUPT, StorageFailure.Kind.OTHER_FORMAT);
            return false;
        } finally {
            assertThat(HeapFiles.get(disk, FILE)).isEqualTo(bytes);
        }
        CheckedTextFile.replace(disk, FILE, found);
        assertThat(CheckedTextFile.read(disk, FILE)).isEqualTo(found);
        return true;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(
                written(Map.of()),
                written(Map.of("cluster-name", "a=b\\ \r\n\u00e4", "node-id", "3", "members", "1,2,3")),
                written(Map.of("2", "00000000-0000-0001-0000-000000000002")));
    }

    private static byte[] written(Map<String, String> values) throws IOException {
        Disk disk = new MemoryDisk();
        disk.createDirectories(FILE.getParent());
        CheckedTextFile.replace(disk, FILE, values);
        return HeapFiles.get(disk, FILE);
    }
}
