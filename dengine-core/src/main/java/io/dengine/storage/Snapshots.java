package io.dengine.storage;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** The snapshots of one node: those it has taken, to be read by others, and the one it is receiving. Thread-safe. */
public interface Snapshots {

    /**
     * Begins a snapshot: returns its directory, empty. The writers of its parts make {@code state} and {@code history} in
     * it, with files and no directories in them.
     *
     * @param id random, so that no two snapshots share one
     */
    Path begin(UUID id);

    /**
     * Returns the files of a snapshot that is written, with their lengths as they are now and no checksums yet. To be
     * called before anything is appended to a file that was linked.
     */
    List<SnapshotFile> measure(UUID id);

    /**
     * Reads through a snapshot that is written, and lets it be read from then on. Takes a while; runs beside everything
     * but {@link #drop} of the same snapshot.
     *
     * @param measured the manifest with the files as {@link #measure} returned them
     * @return the manifest with the checksums
     */
    SnapshotManifest finish(SnapshotManifest measured);

    /**
     * Returns a part of a file: at least one byte, at most {@code maxBytes}. Empty if there is no such snapshot, or no such
     * part of it; the arguments may come from anyone.
     *
     * @param file the position of the file in the manifest
     */
    byte[] read(UUID id, int file, long offset, int maxBytes);

    /** Deletes a snapshot, finished or not; nothing if there is none. */
    void drop(UUID id);

    /**
     * Begins to receive a snapshot, or goes on where it was. What there is of any other one is deleted: there is one at a
     * time, and an earlier {@link StagedSnapshot} must be closed.
     */
    StagedSnapshot stage(SnapshotManifest manifest);

    /** Deletes what has been received. A {@link StagedSnapshot} must be closed. */
    void abandonStaging();
}
