package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.message.Envelope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every effect of the inputs since the last one. The driver carries it out in this order:
 *
 * <ol>
 *   <li>{@code sendNow} may leave at once, also before the disk has anything;
 *   <li>{@code hardState}, then {@code restore}, then {@code append}, go to the disk, in the order of the Readys; when they are durable the
 *       driver calls {@code Raft.onHardStateSaved} and {@code Raft.onAppended};
 *   <li>{@code sendAfterAppend} are promises: they leave only when this Ready's hard state and entries, and those of
 *       all earlier Readys, are durable;
 *   <li>{@code committed} goes to the state machine, in order; then {@code Raft.onApplied}.
 * </ol>
 *
 * Lists are unmodifiable.
 *
 * @param hardState to save, or null if unchanged
 * @param restore a snapshot, ready on this disk, that takes the place of the state and, if it says so, of the log; the state
 *     machine takes it over in the order of the Readys too, before {@code committed}. Null for none
 * @param append entries to append; the first may lie at or below the store's last, which cuts the store first
 * @param sendNow messages that promise nothing
 * @param sendAfterAppend messages that promise what must first be durable
 * @param committed entries to apply; all of them are durable on this node
 * @param reads reads that a quorum has confirmed
 * @param failedReads reads that were pending when this node ceased to lead; asking again is safe
 * @param notices what happened
 */
public record Ready(
        @Nullable HardState hardState,
        @Nullable Restore restore,
        List<Entry> append,
        List<Envelope> sendNow,
        List<Envelope> sendAfterAppend,
        List<Entry> committed,
        List<ConfirmedRead> reads,
        List<Long> failedReads,
        List<Notice> notices) {

    /**
     * A read that may be answered.
     *
     * @param readId the id given to {@code Raft.requestRead}
     * @param index the state machine must have applied at least this index first
     */
    public record ConfirmedRead(long readId, long index) {}

    /**
     * The state goes on from a snapshot.
     *
     * @param point the end of the snapshot
     * @param resetLog whether the log starts over behind it; otherwise the log holds its last entry and stays as it is
     */
    public record Restore(RestorePoint point, boolean resetLog) {}

    /** Returns whether something must reach the disk. */
    public boolean mustWrite() {
        return hardState != null || restore != null || !append.isEmpty();
    }
}
