package io.dengine.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A snapshot being received, file by file, each from its beginning on. Owned by one thread. */
public interface StagedSnapshot extends AutoCloseable {

    /**
     * A part of a file.
     *
     * @param file the position of the file in the manifest
     * @param offset where the part begins
     * @param bytes its length, above 0
     */
    record Part(int file, long offset, int bytes) {}

    SnapshotManifest manifest();

    /** Returns how many bytes are there, of all files together. */
    long receivedBytes();

    /** Returns the first part that is missing, or null if all is there. */
    @Nullable
    Part firstMissing(int maxBytes);

    /** Returns the first part that is missing at or behind an offset of a file, for who asks for several at once. */
    @Nullable
    Part missingFrom(int file, long offset, int maxBytes);

    /**
     * Writes a part of a file. Returns false, and writes nothing, if that is not the next part of that file: it came twice,
     * out of order, or from someone who makes things up.
     */
    boolean write(int file, long offset, byte[] bytes);

    /**
     * Checks every file against its checksum and makes all of them durable. A file that does not match is discarded and
     * has to be received again.
     *
     * @return the files that were discarded; empty if the snapshot is complete and may be installed
     * @throws IllegalStateException if something is missing
     */
    List<SnapshotFile> complete();

    /** Leaves what was received, to be gone on with or installed. */
    @Override
    void close();
}
