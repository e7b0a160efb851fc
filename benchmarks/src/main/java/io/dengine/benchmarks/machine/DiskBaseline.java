package io.dengine.benchmarks.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * What a flush costs on this disk in this minute: appends of 4 KiB to a new file, each followed by fdatasync.
 *
 * @param p50Nanos half of them took less
 * @param p99Nanos 99 of 100 took less
 */
public record DiskBaseline(long p50Nanos, long p99Nanos) {

    private static final int APPENDS = 300;

    public static DiskBaseline measure(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, "baseline", ".bin");
        long[] nanos = new long[APPENDS];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(4096);
            for (int i = 0; i < APPENDS; i++) {
                block.clear();
                long begin = System.nanoTime();
                while (block.hasRemaining()) {
                    channel.write(block);
                }
                channel.force(false);
                nanos[i] = System.nanoTime() - begin;
            }
        } finally {
            Files.delete(file);
        }
        Arrays.sort(nanos);
        return new DiskBaseline(nanos[APPENDS / 2], nanos[APPENDS * 99 / 100]);
    }
}
