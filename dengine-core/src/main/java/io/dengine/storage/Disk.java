package io.dengine.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The file operations the engine relies on, with exactly the promises a POSIX file system gives: data is durable after
 * {@link File#force}, a created, renamed or deleted name only after {@link #syncDirectory}. Tests put a disk in its
 * place that loses and tears everything else.
 */
public interface Disk {

    /** Creates {@code directory} and its parents where they are missing. */
    void createDirectories(Path directory) throws IOException;

    /** Returns the names in {@code directory}, sorted; empty if it does not exist. */
    List<String> list(Path directory) throws IOException;

    boolean exists(Path file) throws IOException;

    /** Opens {@code file} for reading and writing, creating it if it is missing. */
    File open(Path file) throws IOException;

    /** Renames {@code source} to {@code target} in the same directory, replacing it, in one step. */
    void rename(Path source, Path target) throws IOException;

    void delete(Path file) throws IOException;

    /**
     * Gives the bytes that {@code source} has now a second name, {@code target}, by a link or a copy. Later writes to
     * {@code source} may show in {@code target} behind those bytes, nowhere else. Durable as any new file is: after
     * {@link File#force} and {@link #syncDirectory}.
     *
     * @param source a file that is only appended to
     * @param target absent; its directory exists
     */
    void link(Path source, Path target) throws IOException;

    /** Makes creations, renames and deletions in {@code directory} durable. */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Takes the directory for this process until the result is closed.
     *
     * @throws StorageFailure of kind LOCKED if another process, or another engine of this one, holds it
     */
    Closeable lock(Path directory) throws IOException;

    /** An open file. Positional reads may run beside a write. */
    interface File extends Closeable {

        /** Reads into {@code target} from {@code position} until it is full or the file ends; returns the bytes read, 0 at the end. */
        int read(ByteBuffer target, long position) throws IOException;

        /** Writes all of {@code source} at {@code position}. */
        void write(ByteBuffer source, long position) throws IOException;

        long size() throws IOException;

        /** Cuts the file, or extends it with zeros. */
        void resize(long size) throws IOException;

        /** Makes the file's data durable, and its size where that changed. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }
}
