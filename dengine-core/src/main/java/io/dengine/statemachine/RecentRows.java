package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the batches since some moment, each as the last of them left it: one batch that the table behind has not been given, or
 * was given last. Grows by one thread at a time, under its owner's lock; any thread may look rows up.
 */
final class RecentRows {

    /** Of a row beside its key and value: map entry, change, row, and the headers of two sequences and their arrays. */
    private static final int OVERHEAD_BYTES = 200;

    private final Map<ByteSequence, TableChange> rows = new ConcurrentHashMap<>();
    private AppliedState end;
    private boolean changed;
    private long bytes;

    /** Nothing yet; follows {@code start}. */
    RecentRows(AppliedState start) {
        this.end = start;
    }

    void add(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        for (Map.Entry<ByteSequence, TableChange> change : changes.entrySet()) {
            put(change.getKey(), change.getValue());
        }
        end = applied;
        changed = true;
    }

    private void put(ByteSequence key, TableChange change) {
        TableChange earlier = rows.get(key);
        if (earlier == null) {
            rows.put(key, change);
            bytes += OVERHEAD_BYTES + key.length() + valueBytes(change);
        } else {
            // The deadline before is that of the table behind, which does not learn of what came in between.
            rows.put(key, new TableChange(change.after(), earlier.deadlineBefore()));
            bytes += valueBytes(change) - valueBytes(earlier);
        }
    }

    private static int valueBytes(TableChange change) {
        StoredValue after = change.after();
        return after == null ? 0 : after.value().length();
    }

    /** Returns what became of {@code key}, or null if nothing did. */
    @Nullable
    TableChange find(ByteSequence key) {
        return rows.get(key);
    }

    boolean isEmpty() {
        return !changed;
    }

    long bytes() {
        return bytes;
    }

    void giveTo(TableStore table) {
        table.apply(rows, end);
    }
}
