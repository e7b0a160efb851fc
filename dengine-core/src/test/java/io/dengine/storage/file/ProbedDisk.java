package io.dengine.storage.file;

import io.dengine.storage.Disk;
import io.dengine.storage.SimDisk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Shows a probe every state in which a failure could find the disk: before each operation that changes something, and
 * behind every byte of each write. The probe gets a copy; the run goes on undisturbed.
 */
final class ProbedDisk implements Disk {

    private final SimDisk disk;
    private final Consumer<SimDisk> beforeOperation;
    private final Consumer<SimDisk> withinWrite;

    ProbedDisk(SimDisk disk, Consumer<SimDisk> beforeOperation, Consumer<SimDisk> withinWrite) {
        this.disk = disk;
        this.beforeOperation = beforeOperation;
        this.withinWrite = withinWrite;
    }

    private SimDisk copy() {
        return disk.copy(new SplittableRandom(disk.operations()));
    }

    private void operation() {
        beforeOperation.accept(copy());
    }

    @Override
    public void createDirectories(Path directory) {
        disk.createDirectories(directory);
    }

    @Override
    public List<String> list(Path directory) {
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path file) {
        return disk.exists(file);
    }

    @Override
    public File open(Path file) throws IOException {
        if (!disk.exists(file)) {
            operation();
        }
        return new ProbedFile(file, disk.open(file));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        operation();
        disk.rename(source, target);
    }

    @Override
    public void delete(Path file) throws IOException {
        operation();
        disk.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) {
        operation();
        disk.syncDirectory(directory);
    }

    @Override
    public Closeable lock(Path directory) {
        return disk.lock(directory);
    }

    private final class ProbedFile implements File {

        private final Path path;
        private final File file;

        ProbedFile(Path path, File file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            operation();
            for (int bytes = 1; bytes < source.remaining(); bytes++) {
                SimDisk cut = copy();
                // By name, which is the file itself: nothing here writes to a file whose name is gone.
                try (File same = cut.open(path)) {
                    same.write(source.slice(source.position(), bytes), position);
                }
                withinWrite.accept(cut);
            }
            file.write(source, position);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void resize(long size) throws IOException {
            operation();
            file.resize(size);
        }

        @Override
        public void force() throws IOException {
            operation();
            file.force();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
