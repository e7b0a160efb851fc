package io.dengine.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The real disk. Thread-safe. A thread that reads or writes here must not be interrupted: the JVM closes a file channel
 * under an interrupted thread, and the store that owns it fails.
 */
public final class NioDisk implements Disk {

    /** The name of the file in a locked directory that carries the lock, and the holder's process id as text. */
    static final String LOCK_FILE = "lock";

    /**
     * Directories locked by this process. Asked before the lock file is opened, because POSIX drops a process's locks on
     * a file when the process closes any descriptor of it: a second, refused attempt would unlock the first.
     */
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(1024 * 1024).asReadOnlyBuffer();

    /** Windows cannot open a directory; NTFS journals its entries by itself. */
    private static final boolean CAN_SYNC_DIRECTORIES =
            FileSystems.getDefault().getSeparator().equals("/");

    @Override
    public void createDirectories(Path directory) throws IOException {
        Path missing = directory.toAbsolutePath();
        while (missing != null && !Files.isDirectory(missing)) {
            missing = missing.getParent();
        }
        Files.createDirectories(directory);
        for (Path created = directory.toAbsolutePath();
                missing != null && !created.equals(missing);
                created = parentOf(created)) {
            syncDirectory(parentOf(created));
        }
    }

    private static Path parentOf(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException(path + " has no parent directory");
        }
        return parent;
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** A symbolic link to a directory is none, so that nothing is deleted behind it. */
    @Override
    public boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public File open(Path file) throws IOException {
        return new NioFile(
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.delete(path);
    }

    /** A hard link; a copy where the file system has none, or not for this file. */
    @Override
    public void link(Path source, Path target) throws IOException {
        try {
            Files.createLink(target, source);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            Files.copy(source, target);
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (!CAN_SYNC_DIRECTORIES) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public Closeable lock(Path directory) throws IOException {
        Path key = directory.toRealPath();
        if (!LOCKED_HERE.add(key)) {
            throw locked(directory, "another engine in this process");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    directory.resolve(LOCK_FILE),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                throw locked(directory, "the process " + holder(channel));
            }
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(
                    Long.toString(ProcessHandle.current().pid())));
            return unlock(channel, key);
        } catch (OverlappingFileLockException e) {
            abandon(channel, key);
            throw locked(directory, "another engine in this process");
        } catch (IOException | StorageFailure e) {
            abandon(channel, key);
            throw e;
        }
    }

    /**
     * As {@link #lock}, but changes nothing on disk: for someone who only looks, while no engine may start. Several may look.
     */
    public Closeable lockToLook(Path directory) throws IOException {
        Path key = directory.toRealPath();
        if (!LOCKED_HERE.add(key)) {
            throw locked(directory, "another engine in this process");
        }
        FileChannel channel = null;
        try {
            Path file = directory.resolve(LOCK_FILE);
            if (!Files.exists(file)) {
                return () -> LOCKED_HERE.remove(key);
            }
            channel = FileChannel.open(file, StandardOpenOption.READ);
            if (channel.tryLock(0, Long.MAX_VALUE, true) == null) {
                throw locked(directory, "the process " + holder(channel));
            }
            return unlock(channel, key);
        } catch (OverlappingFileLockException e) {
            abandon(channel, key);
            throw locked(directory, "another engine in this process");
        } catch (IOException | StorageFailure e) {
            abandon(channel, key);
            throw e;
        }
    }

    private static Closeable unlock(FileChannel channel, Path key) {
        return () -> {
            if (channel.isOpen()) {
                channel.close();
                LOCKED_HERE.remove(key);
            }
        };
    }

    private static void abandon(@Nullable FileChannel channel, Path key) throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            LOCKED_HERE.remove(key);
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        return StandardCharsets.US_ASCII.decode(text.flip()).toString();
    }

    private static StorageFailure locked(Path directory, String holder) {
        return new StorageFailure(
                StorageFailure.Kind.LOCKED,
                "The data directory " + directory.toAbsolutePath() + " is in use by " + holder
                        + ". Stop that one, or give this node a data directory of its own.",
                null);
    }

    private record NioFile(FileChannel channel) implements File {

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            while (target.hasRemaining()) {
                int count = channel.read(target, position + total);
                if (count < 0) {
                    break;
                }
                total += count;
            }
            return total;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            long at = position;
            while (source.hasRemaining()) {
                at += channel.write(source, at);
            }
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        /** Extends by writing zeros, so that blocks are allocated now and a later sync moves no metadata. */
        @Override
        public void resize(long size) throws IOException {
            long current = channel.size();
            if (size < current) {
                channel.truncate(size);
            }
            while (current < size) {
                ByteBuffer zeros = ZEROS.duplicate();
                zeros.limit((int) Math.min(zeros.capacity(), size - current));
                long from = current;
                current += zeros.remaining();
                write(zeros, from);
            }
        }

        /** {@code fdatasync}: it carries a changed size too, since without it the data could not be read back. */
        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
