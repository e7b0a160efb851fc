package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import io.dengine.lease.LeaseDeadlines;
import io.dengine.raft.entry.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The key-value store: etcd's data model with TTLs in cluster time. {@link #apply}, {@link #checkpoint}, {@link #replace} and
 * {@link #close} belong to one thread; everything else may be called from any thread, {@link #flush} where the tables can be
 * flushed beside that, as {@link WriteBehindTables} can.
 *
 * <p>Where batches begin and end leaves no trace: the same entries give the same state, answers and events however they
 * were cut.
 */
public final class KvStateMachine implements StateMachine {

    /** How many entries lie between two hash points unless said otherwise. */
    public static final long DEFAULT_HASH_INTERVAL = 10_000;

    private final long hashInterval;
    private final StateHash rowHash = new StateHash();
    /** Stores that were replaced, until the last view of them is closed. */
    private final Set<SharedTables> replaced = ConcurrentHashMap.newKeySet();

    /** A copy of the table's deadlines, so that nothing is lost with it. */
    private LeaseDeadlines deadlines;

    /** Whether an apply did not end: then the deadlines may be ahead of the table, and going on would part the replicas. */
    private boolean torn;

    private volatile SharedTables current;
    private volatile AppliedState applied;
    private volatile long nextDeadlineMillis;

    /** Takes over {@code tables}, which it closes, and goes on from what they hold. */
    public KvStateMachine(TableStore tables) {
        this(tables, DEFAULT_HASH_INTERVAL);
    }

    /**
     * Takes over {@code tables}, which it closes, and goes on from what they hold.
     *
     * @param hashInterval the state hash is reported after each entry whose index is a multiple of this; the same on all
     *     nodes; default {@value #DEFAULT_HASH_INTERVAL}, at least 1
     */
    public KvStateMachine(TableStore tables, long hashInterval) {
        if (hashInterval < 1) {
            throw new IllegalArgumentException("a hash interval of " + hashInterval);
        }
        this.hashInterval = hashInterval;
        boolean read = false;
        try {
            deadlines = deadlinesOf(tables);
            read = true;
        } finally {
            if (!read) {
                tables.close();
            }
        }
        current = shared(tables);
        applied = tables.applied();
        nextDeadlineMillis = deadlines.nextDeadlineMillis();
    }

    private static LeaseDeadlines deadlinesOf(TableStore tables) {
        LeaseDeadlines deadlines = new LeaseDeadlines();
        tables.forEachDeadline(deadlines::add);
        return deadlines;
    }

    private SharedTables shared(TableStore tables) {
        return new SharedTables(tables, replaced::remove);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the entries do not follow what is applied, or an earlier apply failed
     * @throws io.dengine.command.MalformedCommandException if a payload is no command this version knows
     */
    @Override
    public Outcome apply(List<Entry> entries) {
        requireWhole();
        torn = true;
        ApplyBatch batch = new ApplyBatch(current.store(), deadlines, rowHash, hashInterval);
        for (Entry entry : entries) {
            batch.apply(entry);
        }
        Outcome outcome = batch.finish();
        nextDeadlineMillis = deadlines.nextDeadlineMillis();
        applied = outcome.applied();
        torn = false;
        return outcome;
    }

    private void requireWhole() {
        if (torn) {
            throw new IllegalStateException("an earlier apply failed after " + applied);
        }
    }

    @Override
    public AppliedState applied() {
        return applied;
    }

    @Override
    public long nextDeadlineMillis() {
        return nextDeadlineMillis;
    }

    @Override
    public TableStore.Row row(ByteSequence key) {
        SharedTables tables = acquired();
        try {
            return tables.store().row(key);
        } finally {
            tables.release();
        }
    }

    @Override
    public TableStore.View view() {
        return acquired().view();
    }

    @Override
    public long flush() {
        SharedTables tables = acquired();
        try {
            return tables.store().flush();
        } finally {
            tables.release();
        }
    }

    @Override
    public long durableIndex() {
        return current.store().durableIndex();
    }

    @Override
    public long sizeBytes() {
        SharedTables tables = acquired();
        try {
            return tables.store().sizeBytes();
        } finally {
            tables.release();
        }
    }

    /** Returns the present store, acquired: one that could not be was replaced a moment ago. */
    private SharedTables acquired() {
        SharedTables tables = current;
        while (!tables.acquire()) {
            tables = current;
        }
        return tables;
    }

    /**
     * Returns whether the table holds the rows that its hash was kept of. Takes a scan. Any thread.
     *
     * @throws io.dengine.api.RefusedException with reason CLOSED if this is closed meanwhile
     */
    public boolean verify() {
        try (TableStore.View view = view()) {
            return StateHash.matches(view);
        }
    }

    @Override
    public AppliedState checkpoint(Path directory) {
        requireWhole();
        current.store().checkpoint(directory);
        return applied;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if {@code tables} are behind what is applied, or an earlier apply failed
     */
    @Override
    public void replace(TableStore tables) {
        boolean taken = false;
        try {
            requireWhole();
            AppliedState next = tables.applied();
            if (next.index() < applied.index()) {
                throw new IllegalStateException(next + " would take back " + applied);
            }
            deadlines = deadlinesOf(tables);
            SharedTables old = current;
            replaced.add(old);
            // Before the applied state: who has seen that it holds an entry finds the entry in a view.
            current = shared(tables);
            taken = true;
            nextDeadlineMillis = deadlines.nextDeadlineMillis();
            applied = next;
            old.release();
        } finally {
            if (!taken) {
                tables.close();
            }
        }
    }

    @Override
    public boolean holdsReplaced() {
        return !replaced.isEmpty();
    }

    /** {@inheritDoc} Views still open, also those of replaced stores, are refused from now on. */
    @Override
    public void close() {
        replaced.forEach(tables -> tables.store().close());
        current.store().close();
    }
}
