package io.dengine.statemachine;

import io.dengine.lease.LeaseDeadlines;
import io.dengine.raft.entry.Entry;
import java.util.List;

/**
 * The key-value store: etcd's data model with TTLs in cluster time. {@link #apply} and {@link #close} belong to one
 * thread; everything else may be called from any thread.
 *
 * <p>Where batches begin and end leaves no trace: the same entries give the same state, answers and events however they
 * were cut.
 */
public final class KvStateMachine implements StateMachine {

    private final TableStore tables;
    /** A copy of the table's deadlines, so that nothing is lost with it. */
    private final LeaseDeadlines deadlines = new LeaseDeadlines();

    /** Whether an apply did not end: then the deadlines may be ahead of the table, and going on would part the replicas. */
    private boolean torn;

    private volatile AppliedState applied;
    private volatile long nextDeadlineMillis;

    /** Takes over {@code tables}, which it closes, and goes on from what they hold. */
    public KvStateMachine(TableStore tables) {
        this.tables = tables;
        tables.forEachDeadline(deadlines::add);
        applied = tables.applied();
        nextDeadlineMillis = deadlines.nextDeadlineMillis();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the entries do not follow what is applied, or an earlier apply failed
     * @throws io.dengine.command.MalformedCommandException if a payload is no command this version knows
     */
    @Override
    public Outcome apply(List<Entry> entries) {
        if (torn) {
            throw new IllegalStateException("an earlier apply failed after " + applied);
        }
        torn = true;
        ApplyBatch batch = new ApplyBatch(tables, deadlines);
        for (Entry entry : entries) {
            batch.apply(entry);
        }
        Outcome outcome = batch.finish();
        nextDeadlineMillis = deadlines.nextDeadlineMillis();
        applied = outcome.applied();
        torn = false;
        return outcome;
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
    public TableStore.View view() {
        return tables.view();
    }

    @Override
    public long flush() {
        return tables.flush();
    }

    @Override
    public long durableIndex() {
        return tables.durableIndex();
    }

    @Override
    public long sizeBytes() {
        return tables.sizeBytes();
    }

    @Override
    public void close() {
        tables.close();
    }

    @Override
    public io.dengine.statemachine.AppliedState checkpoint(java.nio.file.Path directory) {
        throw new AssertionError("seam");
    }

    @Override
    public void replace(io.dengine.statemachine.TableStore tables) {
        throw new AssertionError("seam");
    }
}
