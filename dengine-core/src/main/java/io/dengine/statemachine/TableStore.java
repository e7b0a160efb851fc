package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the key-value table and how far it has come. {@link #apply}, {@link #flush} and {@link #checkpoint} are called by one
 * thread at a time; any thread may read.
 *
 * <p>A batch is visible and, once flushed, durable as a whole or not at all. What was not flushed may be gone after a
 * crash: then {@link #applied()} says so and the log is replayed from there. Any exception out of a call means that the
 * state cannot be trusted and the node must stop; only reads that meet {@link #close()} are refused as CLOSED.
 */
public interface TableStore extends AutoCloseable {

    /** Returns the state of the last batch applied. */
    AppliedState applied();

    /** Returns the present value of a key, as of the last batch applied; to another thread than the writing one, perhaps of the next. */
    @Nullable
    StoredValue get(ByteSequence key);

    /** Returns a key as it was at one revision, not before that of the last batch applied when this was called. */
    default Row row(ByteSequence key) {
        try (View view = view()) {
            return new Row(view.get(key), view.applied().revision());
        }
    }

    /**
     * Applies one batch.
     *
     * @param changes the changed keys
     * @param applied the state after the batch
     */
    void apply(Map<ByteSequence, TableChange> changes, AppliedState applied);

    /** Visits every key that has a TTL, in no particular order. */
    void forEachDeadline(DeadlineVisitor visitor);

    /** Opens a view of one moment; it must be closed. */
    View view();

    /** Makes everything applied so far durable and returns the index up to which the log is no longer needed for recovery. */
    long flush();

    /** Returns the index that a crash at this moment could not take back. */
    long durableIndex();

    /**
     * Writes the table, as of the last batch applied, to files in {@code directory}, from which a store of the same kind can
     * be opened; durable on return.
     *
     * @param directory absent or empty
     */
    void checkpoint(Path directory);

    /** Names what can open the files of a checkpoint: a store of the same kind. */
    String kind();

    /** Returns the approximate bytes on disk, or in memory for a store without a disk. */
    long sizeBytes();

    @Override
    void close();

    /**
     * A key at one revision.
     *
     * @param value null if the key was not there
     * @param revision the store revision
     */
    record Row(@Nullable StoredValue value, long revision) {}

    /** The table at one moment. Not thread-safe. */
    interface View extends AutoCloseable {

        AppliedState applied();

        @Nullable
        StoredValue get(ByteSequence key);

        /** Visits keys in {@code [from, toExclusive)} in ascending unsigned byte order until the visitor returns false. */
        void scan(ByteSequence from, @Nullable ByteSequence toExclusive, EntryVisitor visitor);

        @Override
        void close();
    }

    /** Gets one key of a scan. */
    interface EntryVisitor {
        /** Returns whether to go on. */
        boolean visit(ByteSequence key, StoredValue value);
    }

    /** Gets one key with a TTL. */
    interface DeadlineVisitor {
        void visit(ByteSequence key, long deadlineMillis);
    }
}
