package io.dengine.example.stores;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.RootReference;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/**
 * A table in one MVStore file. Its tree is copied on write, so a view is the root of the moment it was opened at. One thread
 * writes, any thread reads.
 */
public final class MvTableStore implements TableStore {

    private static final String FILE = "table.mv";
    private static final String APPLIED = "applied";

    /** The tree after one batch, and how far it has come. */
    private record Moment(RootReference<byte[], byte[]> root, AppliedState applied) {}

    /** Readers share it, close is alone: MVStore does not say who is closed, it fails. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private final MVStore store;
    private final MVMap<byte[], byte[]> rows;
    private final MVMap<String, byte[]> state;
    private volatile Moment newest;
    private volatile long durableIndex;
    private boolean closed; // guarded by lock

    private MvTableStore(MVStore store) {
        this.store = store;
        this.rows = store.openMap("rows", byteMap());
        this.state = store.openMap("state");
        byte[] applied = state.get(APPLIED);
        this.newest =
                new Moment(rows.flushAndGetRoot(), applied == null ? AppliedState.EMPTY : Rows.decodeApplied(applied));
        this.durableIndex = newest.applied().index();
    }

    /** Byte arrays are ordered as unsigned bytes, as keys have to be. */
    private static MVMap.Builder<byte[], byte[]> byteMap() {
        return new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE);
    }

    /**
     * Opens the table as it was last flushed to {@code directory}, or checkpointed there; empty if it never was.
     *
     * @throws StorageFailure if it cannot be read, or is in use
     */
    public static MvTableStore open(Path directory) {
        try {
            Files.createDirectories(directory);
            return new MvTableStore(openFile(directory));
        } catch (IOException e) {
            throw StorageFailure.of("opening the table in " + directory, e);
        } catch (MVStoreException e) {
            throw MvFailure.of("opening the table in " + directory, e);
        }
    }

    private static MVStore openFile(Path directory) {
        return new MVStore.Builder()
                .fileName(directory.resolve(FILE).toString())
                .autoCommitDisabled()
                .open();
    }

    @Override
    public AppliedState applied() {
        return newest.applied();
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        return whileOpen("reading", () -> get(newest, key));
    }

    private @Nullable StoredValue get(Moment moment, ByteSequence key) {
        byte[] row = rows.get(moment.root().root, key.array());
        return row == null ? null : Rows.decode(row);
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        whileOpen("applying", () -> {
            changes.forEach((key, change) -> {
                StoredValue after = change.after();
                if (after == null) {
                    rows.remove(key.array());
                } else {
                    rows.put(key.array(), Rows.encode(after));
                }
            });
            newest = new Moment(rows.flushAndGetRoot(), applied);
            return true;
        });
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        whileOpen("reading", () -> {
            Cursor<byte[], byte[]> cursor = rows.cursor(newest.root(), null, null, false);
            while (cursor.hasNext()) {
                byte[] key = cursor.next();
                long deadlineMillis = Rows.deadlineOf(cursor.getValue());
                if (deadlineMillis != 0) {
                    visitor.visit(ByteSequence.wrap(key), deadlineMillis);
                }
            }
            return true;
        });
    }

    @Override
    public View view() {
        return whileOpen("reading", () -> new MvView(store.registerVersionUsage()));
    }

    @Override
    public long flush() {
        return whileOpen("flushing the table", () -> {
            AppliedState applied = newest.applied();
            if (applied.index() > durableIndex) {
                state.put(APPLIED, Rows.encode(applied));
                store.commit();
                store.sync();
                durableIndex = applied.index();
            }
            return durableIndex;
        });
    }

    @Override
    public long durableIndex() {
        return durableIndex;
    }

    @Override
    public void checkpoint(Path directory) {
        whileOpen("writing a checkpoint to " + directory, () -> {
            try {
                Files.createDirectories(directory);
            } catch (IOException e) {
                throw StorageFailure.of("writing a checkpoint to " + directory, e);
            }
            try (MvTableStore copy = open(directory)) {
                Cursor<byte[], byte[]> cursor = rows.cursor(newest.root(), null, null, false);
                while (cursor.hasNext()) {
                    byte[] key = cursor.next();
                    copy.rows.put(key, cursor.getValue());
                }
                copy.newest = new Moment(copy.rows.flushAndGetRoot(), newest.applied());
                copy.flush();
            }
            return true;
        });
    }

    @Override
    public String kind() {
        return "mvstore";
    }

    @Override
    public long sizeBytes() {
        return whileOpen("reading", () -> store.getFileStore().size());
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                store.closeImmediately(); // what was not flushed is replayed from the log
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T extends @Nullable Object> T whileOpen(String action, Supplier<T> work) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new RefusedException(RefusedException.Reason.CLOSED, "the table store is closed");
            }
            return work.get();
        } catch (MVStoreException e) {
            throw MvFailure.of(action, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Keeps the file from giving up what the tree of its moment needs. */
    private final class MvView implements View {

        private final MVStore.TxCounter use;
        private final Moment moment = newest; // behind the registration of the use

        MvView(MVStore.TxCounter use) {
            this.use = use;
        }

        @Override
        public AppliedState applied() {
            return moment.applied();
        }

        @Override
        public @Nullable StoredValue get(ByteSequence key) {
            return whileOpen("reading", () -> MvTableStore.this.get(moment, key));
        }

        @Override
        public void scan(ByteSequence from, @Nullable ByteSequence toExclusive, EntryVisitor visitor) {
            whileOpen("scanning", () -> {
                Cursor<byte[], byte[]> cursor = rows.cursor(moment.root(), from.array(), null, false);
                boolean more = true;
                while (more && cursor.hasNext()) {
                    ByteSequence key = ByteSequence.wrap(cursor.next());
                    more = (toExclusive == null || key.compareTo(toExclusive) < 0)
                            && visitor.visit(key, Rows.decode(cursor.getValue()));
                }
                return true;
            });
        }

        @Override
        public void close() {
            lock.readLock().lock();
            try {
                if (!closed) {
                    store.deregisterVersionUsage(use);
                }
            } finally {
                lock.readLock().unlock();
            }
        }
    }
}
