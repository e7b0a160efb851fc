package io.dengine.watch;

import io.dengine.storage.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** A disk in memory that forgets at a crash what was not synced, or only a part of it. Thread-safe. */
final class HeapDisk implements Disk {

    private static final class Content {
        private byte[] bytes = new byte[0];
        private byte[] durable = new byte[0];
    }

    private Map<Path, Content> names = new TreeMap<>();
    private Map<Path, Content> durableNames = new TreeMap<>();
    private IOException failure;
    private int open;
    private Runnable beforeNextRead = () -> {};

    /** Every operation from now on fails with {@code failure}; null ends that. */
    synchronized void failWith(IOException failure) {
        this.failure = failure;
    }

    /** Runs {@code task} once, within the next read and before it takes any bytes. */
    synchronized void beforeNextRead(Runnable task) {
        beforeNextRead = task;
    }

    synchronized int openFiles() {
        return open;
    }

    synchronized byte[] bytes(Path file) {
        return names.get(file).bytes.clone();
    }

    synchronized void overwrite(Path file, byte[] bytes) {
        names.get(file).bytes = bytes.clone();
    }

    synchronized void crash(RandomGenerator random) {
        Map<Path, Content> survivors = new TreeMap<>();
        names.forEach((name, content) -> {
            if (durableNames.get(name) == content || random.nextBoolean()) {
                survivors.put(name, content);
            }
        });
        durableNames.forEach((name, content) -> {
            if (!names.containsKey(name) && random.nextBoolean()) {
                survivors.put(name, content);
            }
        });
        for (Content content : survivors.values()) {
            content.bytes = afterCrash(content, random);
            content.durable = content.bytes;
        }
        names = survivors;
        durableNames = new TreeMap<>(survivors);
        open = 0;
    }

    private static byte[] afterCrash(Content content, RandomGenerator random) {
        int synced = content.durable.length;
        int written = content.bytes.length;
        int choice = random.nextInt(4);
        if (choice == 0 || written <= synced) {
            return random.nextBoolean() ? content.durable : content.bytes;
        }
        if (choice == 1) {
            return Arrays.copyOf(content.bytes, random.nextInt(synced, written + 1));
        }
        byte[] holed = content.bytes.clone();
        if (choice == 2) {
            int from = random.nextInt(synced, written);
            Arrays.fill(holed, from, random.nextInt(from, written) + 1, (byte) 0);
        }
        return holed;
    }

    private void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        check();
    }

    @Override
    public synchronized List<String> list(Path directory) throws IOException {
        check();
        return names.keySet().stream()
                .filter(file -> directory.equals(file.getParent()))
                .map(file -> file.getFileName().toString())
                .toList();
    }

    @Override
    public synchronized boolean exists(Path file) throws IOException {
        check();
        return names.containsKey(file);
    }

    /** There is a directory wherever there is a file below it. */
    @Override
    public synchronized boolean isDirectory(Path path) throws IOException {
        check();
        return names.keySet().stream().anyMatch(file -> file.startsWith(path) && !file.equals(path));
    }

    @Override
    public synchronized void link(Path source, Path target) throws IOException {
        check();
        Content copy = new Content();
        copy.bytes = names.get(source).bytes.clone();
        names.put(target, copy);
    }

    @Override
    public synchronized File open(Path file) throws IOException {
        check();
        open++;
        return new OpenFile(names.computeIfAbsent(file, f -> new Content()));
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        check();
        names.put(target, names.remove(source));
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        check();
        if (names.remove(file) == null) {
            throw new FileNotFoundException(file.toString());
        }
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        check();
        durableNames = new TreeMap<>(names);
    }

    @Override
    public java.io.Closeable lock(Path directory) {
        return () -> {};
    }

    private final class OpenFile implements File {

        private final Content content;
        private boolean closed;

        OpenFile(Content content) {
            this.content = content;
        }

        private void checkOpen() throws IOException {
            check();
            if (closed) {
                throw new IOException("the file is closed");
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (HeapDisk.this) {
                checkOpen();
                Runnable task = beforeNextRead;
                beforeNextRead = () -> {};
                task.run();
                int length = (int) Math.max(0, Math.min(target.remaining(), content.bytes.length - position));
                target.put(content.bytes, (int) Math.min(position, content.bytes.length), length);
                return length;
            }
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            synchronized (HeapDisk.this) {
                checkOpen();
                int end = (int) position + source.remaining();
                byte[] bytes = Arrays.copyOf(content.bytes, Math.max(end, content.bytes.length));
                source.get(bytes, (int) position, source.remaining());
                content.bytes = bytes;
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (HeapDisk.this) {
                checkOpen();
                return content.bytes.length;
            }
        }

        @Override
        public void resize(long size) throws IOException {
            synchronized (HeapDisk.this) {
                checkOpen();
                content.bytes = Arrays.copyOf(content.bytes, (int) size);
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (HeapDisk.this) {
                checkOpen();
                content.durable = content.bytes;
            }
        }

        @Override
        public void close() throws IOException {
            synchronized (HeapDisk.this) {
                check();
                if (!closed) {
                    closed = true;
                    open--;
                }
            }
        }
    }
}
