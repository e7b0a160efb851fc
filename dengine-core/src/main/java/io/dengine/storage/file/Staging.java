package io.dengine.storage.file;

import io.dengine.storage.Disk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.SnapshotManifestCodec;
import io.dengine.storage.StagedSnapshot;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot being received, file by file, each from its beginning on. Owned by one thread.
 *
 * <p>How far it has come is the length of each file, so a restart goes on where the last process was. A power loss may leave
 * a length without the bytes: what counts are the checksums of whole files at the end.
 */
public final class Staging implements StagedSnapshot {

    /** It goes with the files to where they are installed, and stays until they were found to be what it says. */
    static final String MANIFEST = "manifest";

    private static final int MAX_MANIFEST_BYTES = 16 << 20;
    private static final int BLOCK_BYTES = 256 * 1024;

    private final Disk disk;
    private final Path directory;
    private final SnapshotManifest manifest;
    private final SnapshotStore store;

    /** How many bytes of each file are there. */
    private final long[] received;

    /** How many of them were there at the start: no sync of this process is known to carry them. */
    private final long[] inherited;

    private Disk.@Nullable File writing;
    private int writingFile = -1;

    private Staging(Disk disk, Path directory, SnapshotManifest manifest, SnapshotStore store) {
        this.disk = disk;
        this.directory = directory;
        this.manifest = manifest;
        this.store = store;
        this.received = new long[manifest.files().size()];
        this.inherited = new long[received.length];
    }

    static Staging open(Disk disk, Path directory, SnapshotManifest manifest, SnapshotStore store) throws IOException {
        if (!manifest.equals(readManifest(disk, directory))) {
            disk.deleteTree(directory);
            for (String part : SnapshotStore.PARTS) {
                disk.createDirectories(directory.resolve(part));
            }
            Path draft = directory.resolve(MANIFEST + DraftFiles.SUFFIX);
            try (Disk.File file = disk.open(draft)) {
                file.write(ByteBuffer.wrap(SnapshotManifestCodec.encode(manifest)), 0);
                file.force();
            }
            DraftFiles.publish(disk, draft, directory.resolve(MANIFEST));
        }
        keepOnlyFilesOf(manifest, disk, directory);
        Staging staging = new Staging(disk, directory, manifest, store);
        for (int i = 0; i < staging.received.length; i++) {
            staging.findReceived(i);
        }
        return staging;
    }

    /** What the manifest does not name would be installed with the rest, and a store might read it. */
    private static void keepOnlyFilesOf(SnapshotManifest manifest, Disk disk, Path directory) throws IOException {
        Set<String> names = manifest.files().stream().map(SnapshotFile::name).collect(Collectors.toSet());
        for (String part : SnapshotStore.PARTS) {
            disk.createDirectories(directory.resolve(part));
            for (String name : disk.list(directory.resolve(part))) {
                if (!names.contains(part + "/" + name)) {
                    disk.deleteTree(directory.resolve(part).resolve(name));
                }
            }
        }
    }

    private void findReceived(int file) throws IOException {
        Path path = pathOf(file);
        if (!disk.exists(path)) {
            return;
        }
        try (Disk.File found = disk.open(path)) {
            // Longer than it can be: the end is no part of it.
            if (found.size() > manifest.files().get(file).bytes()) {
                found.resize(0);
            }
            received[file] = found.size();
            inherited[file] = found.size();
        }
    }

    /** Returns the manifest of a snapshot being received, or null if there is none that can be gone on with. */
    static @Nullable SnapshotManifest readManifest(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(MANIFEST);
        if (!disk.exists(path)) {
            return null;
        }
        try (Disk.File file = disk.open(path)) {
            if (file.size() > MAX_MANIFEST_BYTES) {
                return null;
            }
            byte[] bytes = new byte[(int) file.size()];
            file.read(ByteBuffer.wrap(bytes), 0);
            return SnapshotManifestCodec.decode(bytes);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private Path pathOf(int file) {
        return directory.resolve(manifest.files().get(file).name());
    }

    @Override
    public SnapshotManifest manifest() {
        return manifest;
    }

    @Override
    public long receivedBytes() {
        long sum = 0;
        for (long bytes : received) {
            sum += bytes;
        }
        return sum;
    }

    @Override
    public @Nullable Part firstMissing(int maxBytes) {
        return missingFrom(0, 0, maxBytes);
    }

    @Override
    public @Nullable Part missingFrom(int file, long offset, int maxBytes) {
        for (int i = file; i < received.length; i++) {
            long from = Math.max(i == file ? offset : 0, received[i]);
            long left = manifest.files().get(i).bytes() - from;
            if (left > 0) {
                return new Part(i, from, (int) Math.min(left, maxBytes));
            }
        }
        return null;
    }

    @Override
    public boolean write(int file, long offset, byte[] bytes) {
        if (file < 0 || file >= received.length || bytes.length == 0 || offset != received[file]) {
            return false;
        }
        long whole = manifest.files().get(file).bytes();
        if (bytes.length > whole - offset) {
            return false;
        }
        try {
            Disk.File target = opened(file);
            target.write(ByteBuffer.wrap(bytes), offset);
            received[file] += bytes.length;
            if (received[file] == whole) {
                target.force();
            }
            return true;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Disk.File opened(int file) throws IOException {
        if (writing != null && writingFile == file) {
            return writing;
        }
        closeWriting();
        Disk.File opened = disk.open(pathOf(file));
        writing = opened;
        writingFile = file;
        return opened;
    }

    @Override
    public List<SnapshotFile> complete() {
        if (firstMissing(1) != null) {
            throw new IllegalStateException("snapshot " + manifest.id() + " is not all here yet");
        }
        try {
            closeWriting();
            List<SnapshotFile> discarded = new ArrayList<>();
            for (int i = 0; i < received.length; i++) {
                if (!settle(i)) {
                    discarded.add(manifest.files().get(i));
                }
            }
            if (discarded.isEmpty()) {
                for (String part : SnapshotStore.PARTS) {
                    disk.syncDirectory(directory.resolve(part));
                }
                disk.syncDirectory(directory);
                store.completed(manifest.id());
            }
            return discarded;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Returns whether the file is as it should be, and durable. */
    private boolean settle(int file) throws IOException {
        SnapshotFile expected = manifest.files().get(file);
        boolean matches;
        try (Disk.File found = disk.open(pathOf(file))) {
            matches = found.size() == expected.bytes() && checksum(found, expected.bytes()) == expected.crc32c();
            if (matches) {
                rewrite(found, inherited[file]);
                found.force();
            }
        }
        if (!matches) {
            disk.delete(pathOf(file));
            received[file] = 0;
            inherited[file] = 0;
        }
        return matches;
    }

    /**
     * After a failed sync the kernel may hold pages as clean that never reached the disk; only a new write makes a new sync
     * carry them. Whether a sync had failed is not known of what an earlier process wrote.
     */
    private static void rewrite(Disk.File file, long length) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        for (long at = 0; at < length; ) {
            int count = readBlock(file, block, at, length);
            file.write(block, at);
            at += count;
        }
    }

    /** Returns the checksum of the first {@code length} bytes. */
    static int checksum(Disk.File file, long length) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, length));
        for (long at = 0; at < length; ) {
            at += readBlock(file, block, at, length);
            crc.update(block);
        }
        return (int) crc.getValue();
    }

    private static int readBlock(Disk.File file, ByteBuffer block, long at, long end) throws IOException {
        block.clear().limit((int) Math.min(block.capacity(), end - at));
        int count = file.read(block, at);
        if (count == 0) {
            throw new IOException("a file of a snapshot got shorter while it was read");
        }
        block.flip();
        return count;
    }

    private StorageFailure failed(IOException cause) {
        return StorageFailure.of("receiving a snapshot in " + directory, cause);
    }

    private void closeWriting() throws IOException {
        if (writing != null) {
            writing.close();
            writing = null;
            writingFile = -1;
        }
    }

    @Override
    public void close() {
        try {
            closeWriting();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
