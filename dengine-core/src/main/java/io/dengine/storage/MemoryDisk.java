package io.dengine.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Files on the heap, for {@code durability: memory}. Thread-safe. What it holds lives as long as this object: an engine
 * opened on the same one again finds everything, a new process nothing.
 */
public final class MemoryDisk implements Disk {

    private final TreeMap<Path, HeapFile> files = new TreeMap<>();
    private final TreeSet<Path> directories = new TreeSet<>();
    private final Set<Path> locked = new HashSet<>();

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        for (Path missing = directory; missing != null && directories.add(missing); missing = missing.getParent()) {
            if (files.containsKey(missing)) {
                directories.remove(missing);
                throw new FileAlreadyExistsException(missing.toString());
            }
        }
    }

    @Override
    public synchronized List<String> list(Path directory) {
        return Stream.concat(files.keySet().stream(), directories.stream())
                .filter(path -> directory.equals(path.getParent()))
                .map(path -> String.valueOf(path.getFileName()))
                .sorted()
                .toList();
    }

    @Override
    public synchronized boolean exists(Path path) {
        return files.containsKey(path) || directories.contains(path);
    }

    @Override
    public synchronized boolean isDirectory(Path path) {
        return directories.contains(path);
    }

    @Override
    public synchronized File open(Path file) throws IOException {
        if (!files.containsKey(file)) {
            requirePlaceFor(file);
        }
        return files.computeIfAbsent(file, absent -> new HeapFile());
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        if (!directories.contains(source)) {
            HeapFile renamed = existing(source);
            requirePlaceFor(target);
            files.remove(source);
            files.put(target, renamed);
            return;
        }
        requireAbsent(target);
        for (Path directory : List.copyOf(directories)) {
            if (directory.startsWith(source)) {
                directories.remove(directory);
                directories.add(below(target, source, directory));
            }
        }
        for (Path file : List.copyOf(files.keySet())) {
            if (file.startsWith(source)) {
                HeapFile moved = existing(file);
                files.remove(file);
                files.put(below(target, source, file), moved);
            }
        }
    }

    private static Path below(Path target, Path source, Path path) {
        return path.equals(source) ? target : target.resolve(source.relativize(path));
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        if (!directories.contains(path)) {
            existing(path);
            files.remove(path);
        } else if (list(path).isEmpty()) {
            directories.remove(path);
        } else {
            throw new DirectoryNotEmptyException(path.toString());
        }
    }

    @Override
    public synchronized void link(Path source, Path target) throws IOException {
        requireAbsent(target);
        files.put(target, existing(source).copy());
    }

    private HeapFile existing(Path file) throws IOException {
        HeapFile existing = files.get(file);
        if (existing == null) {
            throw new NoSuchFileException(file.toString());
        }
        return existing;
    }

    private void requireAbsent(Path path) throws IOException {
        requirePlaceFor(path);
        if (files.containsKey(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
    }

    /** As a real disk does, so that a directory that nobody made is noticed here too. */
    private void requirePlaceFor(Path file) throws IOException {
        Path parent = file.getParent();
        if (parent != null && !directories.contains(parent)) {
            throw new NoSuchFileException(file.toString());
        }
        if (directories.contains(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
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
}
