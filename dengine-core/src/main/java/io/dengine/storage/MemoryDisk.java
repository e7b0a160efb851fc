package io.dengine.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Files on the heap, for {@code durability: memory}. Thread-safe. What it holds lives as long as this object: an engine
 * opened on the same one again finds everything, a new process nothing.
 */
public final class MemoryDisk implements Disk {

    private final TreeMap<Path, HeapFile> files = new TreeMap<>();
    private final Set<Path> locked = new HashSet<>();

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public synchronized List<String> list(Path directory) {
        return files.keySet().stream()
                .filter(file -> directory.equals(file.getParent()))
                .map(file -> String.valueOf(file.getFileName()))
                .sorted()
                .toList();
    }

    @Override
    public synchronized boolean exists(Path file) {
        return files.containsKey(file);
    }

    @Override
    public synchronized File open(Path file) {
        return files.computeIfAbsent(file, absent -> new HeapFile());
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        files.put(target, remove(source));
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        remove(file);
    }

    private HeapFile remove(Path file) throws IOException {
        HeapFile removed = files.remove(file);
        if (removed == null) {
            throw new NoSuchFileException(file.toString());
        }
        return removed;
    }

    @Override
    public void syncDirectory(Path directory) {}

    @Override
    public synchronized Closeable lock(Path directory) {
        if (!locked.add(directory)) {
            throw new StorageFailure(
                    StorageFailure.Kind.LOCKED,
                    "The data directory " + directory + " in memory is in use by another engine. Stop that one first.",
                    null);
        }
        return () -> {
            synchronized (this) {
                locked.remove(directory);
            }
        };
    }

    private static final class HeapFile implements File {

        private byte[] bytes = {};
        private int size;

        synchronized HeapFile copy() {
            HeapFile copy = new HeapFile();
            copy.bytes = Arrays.copyOf(bytes, size);
            copy.size = size;
            return copy;
        }

        @Override
        public synchronized int read(ByteBuffer target, long position) {
            int count = (int) Math.max(0, Math.min(target.remaining(), size - position));
            target.put(bytes, (int) Math.min(position, size), count);
            return count;
        }

        @Override
        public synchronized void write(ByteBuffer source, long position) throws IOException {
            int count = source.remaining();
            if (position + count > size) {
                resize(position + count);
            }
            source.get(bytes, (int) position, count);
        }

        @Override
        public synchronized long size() {
            return size;
        }

        @Override
        public synchronized void resize(long newSize) throws IOException {
            if (newSize > Integer.MAX_VALUE - 8) {
                throw new IOException("No space left in a file on the heap: " + newSize + " bytes were asked for");
            }
            if (newSize > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int)
                        Math.max(newSize, Math.min(Integer.MAX_VALUE - 8, bytes.length * 2L)));
            } else if (newSize < size) {
                Arrays.fill(bytes, (int) newSize, size, (byte) 0);
            }
            size = (int) newSize;
        }

        @Override
        public void force() {}

        @Override
        public void close() {}
    }

    @Override
    public synchronized void link(Path source, Path target) throws IOException {
        files.put(target, ((HeapFile) open(source)).copy());
    }
}
