package io.dengine.statemachine.rocksdb;

import io.dengine.api.ByteSequence;
import io.dengine.raft.membership.Membership;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.NioDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * The table in RocksDB. {@link #apply} belongs to one thread at a time; everything else may be called from any thread, also at the
 * same time as {@link #close()}: it waits for calls in progress, of which a scan is the longest, and later ones are refused
 * as CLOSED.
 *
 * <p>RocksDB's own write-ahead log is off, the Raft log takes its place. Keys, deadlines and the applied state are written
 * in one batch and flushed together, so a crash goes back to the end of some batch, never into the middle of one.
 */
public final class RocksTableStore implements TableStore {

    /** RocksDB has files of its own; this is for the names around them. */
    private final Disk disk = new NioDisk();

    private final RocksDatabase database;
    private final CloseGuard guard = new CloseGuard();
    private final Set<RocksView> openViews = ConcurrentHashMap.newKeySet();

    private volatile AppliedState applied;

    /** Spares each view the reading of what hardly ever changes. */
    private volatile MembershipSince membership;

    /** RocksDB also flushes of its own accord, which may make more durable than this tells, never less. */
    private final AtomicLong durableIndex;

    private RocksTableStore(RocksDatabase database, AppliedState recovered) {
        this.database = database;
        this.applied = recovered;
        this.membership = new MembershipSince(recovered.index(), recovered.membership());
        this.durableIndex = new AtomicLong(recovered.index());
    }

    /**
     * Opens the table in a directory, which is created if it does not exist.
     *
     * @throws StorageFailure if it cannot be read or written (IO), is in use (LOCKED), is damaged or
     *     of another format (OTHER_FORMAT), or has no space left (DISK_FULL)
     */
    public static RocksTableStore open(Path dir) {
        return open(dir, RocksDatabase.WRITE_BUFFER_BYTES);
    }

    static RocksTableStore open(Path dir, long writeBufferBytes) {
        RocksDatabase database = RocksDatabase.open(dir, writeBufferBytes);
        boolean opened = false;
        try {
            RocksTableStore store = new RocksTableStore(database, database.applied());
            opened = true;
            return store;
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot read the applied state in " + dir, e);
        } finally {
            if (!opened) {
                database.close();
            }
        }
    }

    @Override
    public AppliedState applied() {
        return applied;
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        guard.enter();
        try {
            byte[] bytes = database.db.get(database.kv, database.reads, key.array());
            return bytes == null ? null : StateFormat.decodeValue(bytes);
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot read a key", e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState after) {
        guard.enter();
        try (WriteBatch batch = new WriteBatch()) {
            for (Map.Entry<ByteSequence, TableChange> change : changes.entrySet()) {
                add(batch, change.getKey(), change.getValue());
            }
            batch.put(database.meta, RocksDatabase.APPLIED, StateFormat.encode(after));
            if (!after.membership().equals(applied.membership())) {
                batch.put(database.meta, RocksDatabase.MEMBERSHIP, StateFormat.encode(after.membership()));
                // Before the batch is visible, so that no view of it takes the membership before for its own.
                membership = new MembershipSince(after.index(), after.membership());
            }
            database.db.write(database.withoutWal, batch);
            applied = after;
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot apply up to " + after, e);
        } finally {
            guard.exit();
        }
    }

    private void add(WriteBatch batch, ByteSequence key, TableChange change) throws RocksDBException {
        StoredValue value = change.after();
        if (value == null) {
            batch.delete(database.kv, key.array());
        } else {
            batch.put(database.kv, key.array(), StateFormat.encode(value));
        }
        if (change.deadlineBefore() == change.deadlineAfter()) {
            return;
        }
        if (change.deadlineBefore() != 0) {
            batch.delete(database.expiry, StateFormat.expiryKey(change.deadlineBefore(), key));
        }
        if (change.deadlineAfter() != 0) {
            batch.put(database.expiry, StateFormat.expiryKey(change.deadlineAfter(), key), new byte[0]);
        }
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        guard.enter();
        try (RocksIterator rows = database.db.newIterator(database.expiry, database.reads)) {
            for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                byte[] row = rows.key();
                visitor.visit(StateFormat.keyOf(row), StateFormat.deadlineOf(row));
            }
            rows.status();
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot read the deadlines", e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public View view() {
        guard.enter();
        try {
            RocksView view = new RocksView(database, guard, openViews::remove, () -> membership);
            openViews.add(view);
            return view;
        } finally {
            guard.exit();
        }
    }

    /** {@inheritDoc} Batches may be applied meanwhile; they are then not counted. */
    @Override
    public long flush() {
        guard.enter();
        try {
            long index = applied.index();
            if (index > durableIndex.get()) {
                database.flush();
                durableIndex.accumulateAndGet(index, Math::max);
            }
            return durableIndex.get();
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot flush", e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public long durableIndex() {
        return durableIndex.get();
    }

    @Override
    public void checkpoint(Path directory) {
        guard.enter();
        try {
            long index = applied.index();
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                disk.createDirectories(parent);
            }
            // RocksDB makes the directory itself, and syncs what it puts there.
            Files.deleteIfExists(directory);
            database.checkpoint(directory);
            if (parent != null) {
                disk.syncDirectory(parent);
            }
            durableIndex.accumulateAndGet(index, Math::max);
        } catch (IOException e) {
            throw StorageFailure.of("writing a checkpoint to " + directory, e);
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot write a checkpoint to " + directory, e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public String kind() {
        return "rocksdb";
    }

    @Override
    public long sizeBytes() {
        guard.enter();
        try {
            return database.db.getAggregatedLongProperty("rocksdb.total-sst-files-size");
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot tell the size", e);
        } finally {
            guard.exit();
        }
    }

    /** {@inheritDoc} Makes durable what is not yet, where the disk allows it. */
    @Override
    public void close() {
        guard.close(() -> {
            openViews.forEach(RocksView::release);
            openViews.clear();
            database.close();
        });
    }

    /**
     * The newest membership of all batches written, and of one that is about to be.
     *
     * @param index the applied index of the first batch that holds it
     */
    record MembershipSince(long index, Membership membership) {}
}
