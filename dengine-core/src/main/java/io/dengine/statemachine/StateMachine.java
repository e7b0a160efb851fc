package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import io.dengine.raft.entry.Entry;
import java.nio.file.Path;
import java.util.List;

/**
 * Applies committed entries. A function of the entries alone: every replica that applied the same ones holds the same
 * state, gave the same answers and raised the same events. Written by one thread.
 */
public interface StateMachine extends AutoCloseable {

    /**
     * Applies consecutive entries, which follow what was applied before, in one atomic batch. Any exception means that
     * the node must stop.
     */
    Outcome apply(List<Entry> entries);

    /** Returns how far the state has come. Any thread. */
    AppliedState applied();

    /** Returns the earliest cluster time at which a key expires, or {@link Long#MAX_VALUE}. Any thread. */
    long nextDeadlineMillis();

    /** Returns a key as it was at one revision, not before the one applied when this was called. Any thread. */
    TableStore.Row row(ByteSequence key);

    /** Opens a view of the state at one moment. Any thread; the view must be closed. */
    TableStore.View view();

    /** Makes the state durable, at least what was applied before this call; returns the index up to which it no longer needs the log. */
    long flush();

    /** Returns the index that a crash at this moment could not take back. Any thread. */
    long durableIndex();

    /** Returns the approximate bytes the state takes. Any thread. */
    long sizeBytes();

    /**
     * Writes the state as of the last batch applied to files in {@code directory}; durable on return. Belongs to the
     * writing thread.
     */
    AppliedState checkpoint(Path directory);

    /**
     * Goes on from {@code tables}, which it takes over, instead of what it held. Views opened before go on showing the
     * old state, which is closed with the last of them. Belongs to the writing thread.
     *
     * @param tables of the index applied or a later one; closed if this fails
     */
    void replace(TableStore tables);

    /** Returns whether a replaced store is still open for an older view: its files must stay. Any thread. */
    boolean holdsReplaced();

    @Override
    void close();

    /**
     * What a batch did.
     *
     * @param results one answer for each entry, in order
     * @param events the changes, ascending by revision
     * @param applied the state after the batch
     * @param hashPoints the hashes that are due within the batch, ascending by index; mostly none
     */
    record Outcome(
            List<ApplyResult> results, List<RevisionEvents> events, AppliedState applied, List<HashPoint> hashPoints) {}

    /**
     * What every replica must have in common.
     *
     * @param index after which entry
     * @param stateHash the hash of the table, see {@link StateHash}
     */
    record HashPoint(long index, long stateHash) {}
}
