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

    /** Creates {@code directory} and its parents where they are missing; what it creates is durable on return. */
    void createDirectories(Path directory) throws IOException;

    /** Returns the names of the files and directories in {@code directory}, sorted; empty if it does not exist. */
    List<String> list(Path directory) throws IOException;

    /** Returns whether there is a file or a directory of that name. */
    boolean exists(Path path) throws IOException;

    /** Returns whether there is a directory of that name. */
    boolean isDirectory(Path path) throws IOException;

    /** Opens {@code file} for reading and writing, creating it if it is missing; its directory exists. */
    File open(Path file) throws IOException;

    /**
     * Renames a file or a directory in one step, also across a crash. Durable once the directories of both names are
     * synced; until then a crash leaves the one name or the other.
     *
     * @param target a file there is replaced by a file; otherwise it is absent. Its directory exists
     */
    void rename(Path source, Path target) throws IOException;

    /** Deletes a file or an empty directory. */
    void delete(Path path) throws IOException;

    /** Deletes a file, or a directory with all that is in it, piece by piece; nothing if there is none. */
    default void deleteTree(Path path) throws IOException {
        if (isDirectory(path)) {
            for (String name : list(path)) {
                deleteTree(path.resolve(name));
            }
            delete(path);
        } else if (exists(path)) {
            delete(path);
        }
    }

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
