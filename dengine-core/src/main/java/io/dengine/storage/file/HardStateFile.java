package io.dengine.storage.file;

import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Term and vote in one record, kept twice in one file so that no single write can lose both. Owned by one thread.
 *
 * <p>A copy is written only while the other one is durable and intact. So a crash, also one within a sector, leaves at
 * least one copy that is either the state before the save or the state after it, and a rotten copy is survived.
 *
 * <pre>
 * file    copy 0 at offset 0, copy 1 at offset 4096
 * copy    magic u32 | CRC32C of what follows u32 | version u32 | sequence u64 | term u64 | votedFor u32, 0 for nobody
 * </pre>
 */
final class HardStateFile implements AutoCloseable {

    static final String NAME = "hard-state";

    private static final int MAGIC = 0xD5E7_5A7E;
    private static final int VERSION = 1;
    private static final int COPIES = 2;
    private static final int COPY_DISTANCE = 4096;
    private static final int COPY_BYTES = 4 + 4 + 4 + 8 + 8 + 4;

    private final Disk.File file;
    private Copy current;

    private record Copy(long sequence, HardState state) {}

    private HardStateFile(Disk.File file, Copy current) {
        this.file = file;
        this.current = current;
    }

    /** Makes a file that holds {@link HardState#INITIAL}; its name appears only once its content is durable. */
    static HardStateFile create(Disk disk, Path directory) throws IOException {
        Path draft = directory.resolve(NAME + DraftFiles.SUFFIX);
        try (Disk.File file = disk.open(draft)) {
            file.resize(0);
            file.resize(COPIES * COPY_DISTANCE);
            Copy initial = new Copy(1, HardState.INITIAL);
            write(file, 0, initial);
            write(file, 1, initial);
            file.force();
        }
        DraftFiles.publish(disk, draft, directory.resolve(NAME));
        return open(disk, directory);
    }

    /**
     * Opens the file and makes durable what it returns: after a killed save the newer copy may so far be in the
     * operating system's cache alone, and a promise made on it now must not be forgotten at a power loss later.
     */
    static HardStateFile open(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        Disk.File file = disk.open(path);
        try {
            Copy first = read(file, 0, path);
            Copy second = read(file, 1, path);
            boolean firstWins = second == null || (first != null && first.sequence >= second.sequence);
            Copy newest = firstWins ? first : second;
            if (newest == null) {
                throw new StorageFailure(
                        Kind.CORRUPT,
                        "Both copies of term and vote in " + path + " are damaged, so this node cannot know what it has"
                                + " promised. Replace the disk if it is failing, empty the data directory and let the"
                                + " node join again under a new storage id.",
                        null);
            }
            HardStateFile opened = new HardStateFile(file, newest);
            opened.writeDurably(firstWins ? 0 : 1, newest);
            opened.writeDurably(firstWins ? 1 : 0, newest);
            return opened;
        } catch (IOException | StorageFailure e) {
            file.close();
            throw e;
        }
    }

    HardState load() {
        return current.state;
    }

    /** Returns once {@code state} is durable in both copies. */
    void save(HardState state) throws IOException {
        Copy next = new Copy(current.sequence + 1, state);
        writeDurably(0, next);
        writeDurably(1, next);
        current = next;
    }

    private void writeDurably(int copyNumber, Copy copy) throws IOException {
        write(file, copyNumber, copy);
        file.force();
    }

    private static void write(Disk.File file, int copyNumber, Copy copy) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
        NodeId votedFor = copy.state.votedFor();
        buffer.putInt(MAGIC)
                .putInt(0)
                .putInt(VERSION)
                .putLong(copy.sequence)
                .putLong(copy.state.term())
                .putInt(votedFor == null ? 0 : votedFor.value());
        buffer.putInt(4, checksum(buffer)).flip();
        file.write(buffer, (long) copyNumber * COPY_DISTANCE);
    }

    private static @Nullable Copy read(Disk.File file, int copyNumber, Path path) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
        int count = file.read(buffer, (long) copyNumber * COPY_DISTANCE);
        if (count < COPY_BYTES || buffer.getInt(0) != MAGIC || buffer.getInt(4) != checksum(buffer)) {
            return null;
        }
        buffer.position(8);
        int version = buffer.getInt();
        if (version != VERSION) {
            throw new StorageFailure(
                    Kind.OTHER_FORMAT,
                    path + " has format " + version + ", this version of dengine knows " + VERSION
                            + ". Start the newer version again.",
                    null);
        }
        long sequence = buffer.getLong();
        long term = buffer.getLong();
        int votedFor = buffer.getInt();
        if (term < 0 || votedFor < 0 || (term == 0 && votedFor != 0)) {
            throw new StorageFailure(
                    Kind.CORRUPT,
                    path + " holds term " + term + " with a vote for " + votedFor
                            + ", which no node ever saves. Empty the"
                            + " data directory and let the node join again under a new storage id.",
                    null);
        }
        return new Copy(sequence, new HardState(term, votedFor == 0 ? null : NodeId.of(votedFor)));
    }

    private static int checksum(ByteBuffer copy) {
        CRC32C crc = new CRC32C();
        crc.update(copy.slice(8, COPY_BYTES - 8));
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
