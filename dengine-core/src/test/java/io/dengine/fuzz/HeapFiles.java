package io.dengine.fuzz;

import io.dengine.storage.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Whole files of a disk as bytes. */
public final class HeapFiles {

    private HeapFiles() {}

    /** Makes {@code bytes} the content of {@code path}. */
    public static void put(Disk disk, Path path, byte[] bytes) throws IOException {
        try (Disk.File file = disk.open(path)) {
            file.resize(0);
            file.write(ByteBuffer.wrap(bytes), 0);
        }
    }

    public static byte[] get(Disk disk, Path path) throws IOException {
        try (Disk.File file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            return bytes.array();
        }
    }
}
