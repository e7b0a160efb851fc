package io.dengine.statemachine.memory;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table in memory. {@link #apply} belongs to one thread; everything else may be called from any thread.
 *
 * <p>The table is an immutable tree, and the store one reference to its newest version: a view is that reference, so
 * opening one costs nothing, and neither readers nor the writer ever wait. A change copies about 20 small nodes in a table
 * of a million keys, which is what a lock-free sorted map that other threads scan while it changes cannot be had for.
 *
 * <p>Nothing outlives the process: {@link #flush()} returns 0, and the log stays whole.
 */
public final class MemoryTableStore implements TableStore {

    /** Of a key beside its bytes and its value's: tree node, key, value and array headers. */
    private static final int OVERHEAD_BYTES = 160;

    private volatile Moment newest;
    private volatile boolean closed;

    /** An empty table. */
    public MemoryTableStore() {
        this(Moment.EMPTY);
    }

    MemoryTableStore(Moment from) {
        this.newest = from;
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
        return 0;
    }

    @Override
    public long durableIndex() {
        return 0;
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

    @Override
    public void checkpoint(java.nio.file.Path directory) {
        throw new AssertionError("seam");
    }
}
