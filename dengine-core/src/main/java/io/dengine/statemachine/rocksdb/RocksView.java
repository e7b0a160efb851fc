package io.dengine.statemachine.rocksdb;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableStore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** A RocksDB snapshot. The store releases it when it is closed first. */
final class RocksView implements TableStore.View {

    private final RocksDatabase database;
    private final CloseGuard guard;
    private final Consumer<RocksView> onClose;
    private final Supplier<RocksTableStore.MembershipSince> membership;
    private final Snapshot snapshot;
    private final ReadOptions reads;
    private @Nullable AppliedState applied;
    private boolean released;

    /** Called inside {@code guard}. */
    RocksView(
            RocksDatabase database,
            CloseGuard guard,
            Consumer<RocksView> onClose,
            Supplier<RocksTableStore.MembershipSince> membership) {
        this.database = database;
        this.guard = guard;
        this.onClose = onClose;
        this.membership = membership;
        this.snapshot = database.db.getSnapshot();
        this.reads = new ReadOptions().setSnapshot(snapshot);
    }

    @Override
    public AppliedState applied() {
        enter();
        try {
            AppliedState known = applied;
            if (known == null) {
                RocksTableStore.MembershipSince since = membership.get();
                known = database.applied(reads, since.index(), since.membership());
                applied = known;
            }
            return known;
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot read the applied state", e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        enter();
        try {
            byte[] bytes = database.db.get(database.kv, reads, key.array());
            return bytes == null ? null : StateFormat.decodeValue(bytes);
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot read a key", e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void scan(ByteSequence from, @Nullable ByteSequence toExclusive, TableStore.EntryVisitor visitor) {
        enter();
        try (ReadOptions bounded = new ReadOptions(reads);
                Slice end = new Slice(toExclusive == null ? new byte[0] : toExclusive.array())) {
            if (toExclusive != null) {
                bounded.setIterateUpperBound(end);
            }
            try (RocksIterator rows = database.db.newIterator(database.kv, bounded)) {
                rows.seek(from.array());
                while (rows.isValid()) {
                    if (!visitor.visit(ByteSequence.wrap(rows.key()), StateFormat.decodeValue(rows.value()))) {
                        return;
                    }
                    rows.next();
                }
                rows.status();
            }
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot scan", e);
        } finally {
            guard.exit();
        }
    }

    @Override
    public void close() {
        if (!guard.tryEnter()) {
            return;
        }
        try {
            onClose.accept(this);
            release();
        } finally {
            guard.exit();
        }
    }

    /** Gives the snapshot back, once. Called inside the guard, or by the store that closes it. */
    void release() {
        if (!released) {
            released = true;
            reads.close();
            database.db.releaseSnapshot(snapshot);
        }
    }

    private void enter() {
        guard.enter();
        if (released) {
            guard.exit();
            throw new IllegalStateException("the view is closed");
        }
    }
}
