package io.dengine.statemachine.memory;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table in memory. {@link #apply}, {@link #flush} and {@link #checkpoint} belong to one thread at a time; everything else
 * may be called from any thread.
 *
 * <p>The table is an immutable tree, and the store one reference to its newest version: a view is that reference, so
 * opening one costs nothing, and neither readers nor the writer ever wait. A change copies about 20 small nodes in a table
 * of a million keys, which is what a lock-free sorted map that other threads scan while it changes cannot be had for.
 *
 * <p>{@link #flush()} writes the whole table to one file, which takes the place of the one before in one step; what was
 * applied since is replayed from the log.
 */
public final class MemoryTableStore implements TableStore {

    private static final String FILE = "table";
    private static final String DRAFT = FILE + ".draft";

    /** Of a key beside its bytes and its value's: tree node, key, value and array headers. */
    private static final int OVERHEAD_BYTES = 160;

    private final Disk disk;
    private final Path directory;
    private volatile Moment newest;
    private volatile long durableIndex;
    private volatile boolean closed;

    /** An empty table, with a disk of its own on the heap that nobody else sees. */
    public MemoryTableStore() {
        this(new MemoryDisk(), Path.of(FILE), Moment.EMPTY);
    }

    /** A table that counts as flushed. */
    MemoryTableStore(Disk disk, Path directory, Moment from) {
        this.disk = disk;
        this.directory = directory;
        this.newest = from;
        this.durableIndex = from.applied.index();
    }

    /**
     * Opens the table as it was last flushed to {@code directory}, or checkpointed there; empty if it never was.
     *
     * @param directory created if it does not exist
     * @throws StorageFailure if it cannot be read or written (IO, DISK_FULL), is damaged (CORRUPT) or of a newer version
     *     (OTHER_FORMAT)
     */
    public static MemoryTableStore open(Disk disk, Path directory) {
        try {
            disk.createDirectories(directory);
            if (disk.exists(directory.resolve(DRAFT))) {
                disk.delete(directory.resolve(DRAFT));
            }
            Path file = directory.resolve(FILE);
            return new MemoryTableStore(disk, directory, disk.exists(file) ? TableFile.read(disk, file) : Moment.EMPTY);
        } catch (IOException e) {
            throw StorageFailure.of("opening the table in " + directory, e);
        }
    }

    /** Returns the table as it is. */
    Moment moment() {
        return newest;
    }

    @Override
    public AppliedState applied() {
        return newest.applied;
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        requireOpen();
        return Tree.get(newest.tree, key);
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        requireOpen();
        Tree tree = newest.tree;
        long sizeBytes = newest.sizeBytes;
        for (Map.Entry<ByteSequence, TableChange> change : changes.entrySet()) {
            ByteSequence key = change.getKey();
            StoredValue before = Tree.get(tree, key);
            StoredValue after = change.getValue().after();
            long deadlineBefore = before == null ? 0 : before.deadlineMillis();
            if (deadlineBefore != change.getValue().deadlineBefore()) {
                throw new IllegalStateException("the deadline of " + key + " was " + deadlineBefore + ", not "
                        + change.getValue().deadlineBefore());
            }
            sizeBytes += sizeOf(key, after) - sizeOf(key, before);
            tree = after == null ? Tree.remove(tree, key) : Tree.put(tree, key, after);
        }
        newest = new Moment(tree, applied, sizeBytes);
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        requireOpen();
        Tree.scan(newest.tree, ByteSequence.EMPTY, null, (key, value) -> {
            if (value.deadlineMillis() != 0) {
                visitor.visit(key, value.deadlineMillis());
            }
            return true;
        });
    }

    @Override
    public View view() {
        requireOpen();
        return new MemoryView(newest);
    }

    @Override
    public long flush() {
        requireOpen();
        Moment moment = newest;
        if (moment.applied.index() > durableIndex) {
            Path draft = directory.resolve(DRAFT);
            try {
                disk.createDirectories(directory);
                TableFile.write(disk, draft, moment);
                disk.rename(draft, directory.resolve(FILE));
                disk.syncDirectory(directory);
            } catch (IOException e) {
                throw StorageFailure.of("flushing the table to " + directory, e);
            }
            durableIndex = moment.applied.index();
        }
        return durableIndex;
    }

    @Override
    public long durableIndex() {
        return durableIndex;
    }

    @Override
    public void checkpoint(Path directory) {
        requireOpen();
        try {
            disk.createDirectories(directory);
            TableFile.write(disk, directory.resolve(FILE), newest);
            disk.syncDirectory(directory);
        } catch (IOException e) {
            throw StorageFailure.of("writing a checkpoint to " + directory, e);
        }
    }

    @Override
    public String kind() {
        return "memory";
    }

    @Override
    public long sizeBytes() {
        return newest.sizeBytes;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw new RefusedException(RefusedException.Reason.CLOSED, "the table store is closed");
        }
    }

    private static long sizeOf(ByteSequence key, @Nullable StoredValue value) {
        return value == null ? 0 : OVERHEAD_BYTES + key.length() + value.value().length();
    }

    /** The table after one batch. */
    record Moment(@Nullable Tree tree, AppliedState applied, long sizeBytes) {
        static final Moment EMPTY = new Moment(null, AppliedState.EMPTY, 0);
    }

    /** A table that is being read from its file, in order of key. */
    static final class Growing {

        private final AppliedState applied;
        private @Nullable Tree tree;
        private @Nullable ByteSequence last;
        private long sizeBytes;
        private long rows;

        Growing(AppliedState applied) {
            this.applied = applied;
        }

        boolean follows(ByteSequence key) {
            return last == null || last.compareTo(key) < 0;
        }

        void add(ByteSequence key, StoredValue row) {
            tree = Tree.put(tree, key, row);
            sizeBytes += sizeOf(key, row);
            last = key;
            rows++;
        }

        long rows() {
            return rows;
        }

        Moment moment() {
            return new Moment(tree, applied, sizeBytes);
        }
    }

    private final class MemoryView implements View {

        private final Moment moment;

        MemoryView(Moment moment) {
            this.moment = moment;
        }

        @Override
        public AppliedState applied() {
            return moment.applied;
        }

        @Override
        public @Nullable StoredValue get(ByteSequence key) {
            requireOpen();
            return Tree.get(moment.tree, key);
        }

        @Override
        public void scan(ByteSequence from, @Nullable ByteSequence toExclusive, EntryVisitor visitor) {
            requireOpen();
            Tree.scan(moment.tree, from, toExclusive, visitor);
        }

        @Override
        public void close() {
            // Holds no more than a reference.
        }
    }
}
