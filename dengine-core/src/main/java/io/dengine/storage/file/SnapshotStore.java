package io.dengine.storage.file;

import io.dengine.storage.Disk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one node: those it has taken, to be read by others, and the one it is receiving. Thread-safe; the
 * {@link Staging} it hands out is not.
 *
 * <p>A snapshot taken is a set of links that holds back disk space and is worth nothing to this node. So it does not
 * outlive the process: nothing of it is synced, and a start deletes it. What has been received does outlive it.
 */
public final class SnapshotStore {

    /** The most bytes that one {@link #read} returns. */
    public static final int MAX_READ_BYTES = 1 << 20;

    /** The two parts of a snapshot. */
    static final List<String> PARTS = List.of("history", "state");

    private final Disk disk;
    private final Path taken;
    private final Path staged;
    private final Map<UUID, SnapshotManifest> manifests = new HashMap<>();
    private @Nullable UUID completed;

    SnapshotStore(Disk disk, Path taken, Path staged) {
        this.disk = disk;
        this.taken = taken;
        this.staged = staged;
    }

    /** Deletes what a start has no use for: snapshots that were taken, and what was received but cannot be gone on with. */
    static SnapshotStore open(Disk disk, Path taken, Path staged) throws IOException {
        disk.deleteTree(taken);
        for (String name : disk.list(staged)) {
            SnapshotManifest manifest = Staging.readManifest(disk, staged.resolve(name));
            if (manifest == null || !manifest.id().toString().equals(name)) {
                disk.deleteTree(staged.resolve(name));
            }
        }
        disk.createDirectories(taken);
        disk.createDirectories(staged);
        return new SnapshotStore(disk, taken, staged);
    }

    // ---- taking and sending ----

    /**
     * Begins a snapshot: returns its directory, empty. The writers of its parts make {@code state} and {@code history} in
     * it, with files and no directories in them.
     *
     * @param id random, so that no two snapshots share one
     */
    public synchronized Path begin(UUID id) {
        try {
            Path directory = taken.resolve(id.toString());
            disk.deleteTree(directory);
            disk.createDirectories(directory);
            return directory;
        } catch (IOException e) {
            throw StorageFailure.of("beginning a snapshot in " + taken, e);
        }
    }

    /**
     * Returns the files of a snapshot that is written, with their lengths as they are now and no checksums yet. To be
     * called before anything is appended to a file that was linked.
     */
    public synchronized List<SnapshotFile> measure(UUID id) {
        Path directory = taken.resolve(id.toString());
        try {
            List<SnapshotFile> files = new ArrayList<>();
            for (String part : PARTS) {
                for (String name : disk.list(directory.resolve(part))) {
                    try (Disk.File file = disk.open(directory.resolve(part).resolve(name))) {
                        files.add(new SnapshotFile(part + "/" + name, file.size(), 0));
                    }
                }
            }
            return files;
        } catch (IOException e) {
            throw StorageFailure.of("measuring the snapshot in " + directory, e);
        }
    }

    /**
     * Reads through a snapshot that is written, and lets it be read from then on. Takes a while; runs beside everything
     * but {@link #drop} of the same snapshot.
     *
     * @param measured the manifest with the files as {@link #measure} returned them
     * @return the manifest with the checksums
     */
    public SnapshotManifest finish(SnapshotManifest measured) {
        Path directory = taken.resolve(measured.id().toString());
        List<SnapshotFile> files = new ArrayList<>();
        try {
            for (SnapshotFile file : measured.files()) {
                try (Disk.File opened = disk.open(directory.resolve(file.name()))) {
                    files.add(new SnapshotFile(file.name(), file.bytes(), Staging.checksum(opened, file.bytes())));
                }
            }
        } catch (IOException e) {
            throw StorageFailure.of("reading the snapshot in " + directory, e);
        }
        SnapshotManifest finished = measured.withFiles(files);
        synchronized (this) {
            manifests.put(finished.id(), finished);
        }
        return finished;
    }

    /** Returns the manifest of a snapshot that can be read, or null. */
    public synchronized @Nullable SnapshotManifest manifest(UUID id) {
        return manifests.get(id);
    }

    /** Returns the snapshots that can be read, the furthest last. */
    public synchronized List<SnapshotManifest> finished() {
        return manifests.values().stream()
                .sorted((one, other) ->
                        Long.compare(one.last().index(), other.last().index()))
                .toList();
    }

    /**
     * Returns a part of a file: at least one byte, at most {@code maxBytes} and {@link #MAX_READ_BYTES}. Empty if there is
     * no such snapshot, or no such part of it; the arguments may come from anyone.
     *
     * @param file the position of the file in the manifest
     */
    public synchronized byte[] read(UUID id, int file, long offset, int maxBytes) {
        SnapshotManifest manifest = manifests.get(id);
        if (manifest == null || file < 0 || file >= manifest.files().size()) {
            return new byte[0];
        }
        SnapshotFile wanted = manifest.files().get(file);
        if (offset < 0 || offset >= wanted.bytes() || maxBytes <= 0) {
            return new byte[0];
        }
        int length = (int) Math.min(wanted.bytes() - offset, Math.min(maxBytes, MAX_READ_BYTES));
        Path path = taken.resolve(id.toString()).resolve(wanted.name());
        try (Disk.File opened = disk.open(path)) {
            byte[] bytes = new byte[length];
            if (opened.read(ByteBuffer.wrap(bytes), offset) < length) {
                throw new IOException(path + " got shorter");
            }
            return bytes;
        } catch (IOException e) {
            throw StorageFailure.of("reading a snapshot", e);
        }
    }

    /** Deletes a snapshot, finished or not; nothing if there is none. */
    public synchronized void drop(UUID id) {
        manifests.remove(id);
        try {
            disk.deleteTree(taken.resolve(id.toString()));
        } catch (IOException e) {
            throw StorageFailure.of("deleting a snapshot in " + taken, e);
        }
    }

    // ---- receiving ----

    /** Returns what was being received when the process before this one ended, or null; {@link #stage} goes on with it. */
    public synchronized @Nullable SnapshotManifest staged() {
        try {
            for (String name : disk.list(staged)) {
                SnapshotManifest manifest = Staging.readManifest(disk, staged.resolve(name));
                if (manifest != null) {
                    return manifest;
                }
            }
            return null;
        } catch (IOException e) {
            throw StorageFailure.of("looking for a received snapshot in " + staged, e);
        }
    }

    /**
     * Begins to receive a snapshot, or goes on where it was. What there is of any other one is deleted: there is one at a
     * time, and an earlier {@link Staging} must be closed.
     */
    public synchronized Staging stage(SnapshotManifest manifest) {
        completed = null;
        try {
            for (String name : disk.list(staged)) {
                if (!name.equals(manifest.id().toString())) {
                    disk.deleteTree(staged.resolve(name));
                }
            }
            return Staging.open(disk, staged.resolve(manifest.id().toString()), manifest, this);
        } catch (IOException e) {
            throw StorageFailure.of("receiving a snapshot in " + staged, e);
        }
    }

    /** Deletes what has been received. A {@link Staging} must be closed. */
    public synchronized void abandonStaging() {
        completed = null;
        try {
            for (String name : disk.list(staged)) {
                disk.deleteTree(staged.resolve(name));
            }
        } catch (IOException e) {
            throw StorageFailure.of("deleting a received snapshot in " + staged, e);
        }
    }

    synchronized void completed(UUID id) {
        completed = id;
    }

    /**
     * Moves a complete snapshot to its place, durably.
     *
     * @throws IllegalStateException if {@link Staging#complete} has not succeeded for it
     */
    synchronized void moveTo(Path target, UUID id) throws IOException {
        if (!id.equals(completed)) {
            throw new IllegalStateException("snapshot " + id + " is not complete");
        }
        completed = null;
        disk.rename(staged.resolve(id.toString()), target);
        Path parent = target.getParent();
        if (parent != null) {
            disk.syncDirectory(parent);
        }
        disk.syncDirectory(staged);
    }
}
