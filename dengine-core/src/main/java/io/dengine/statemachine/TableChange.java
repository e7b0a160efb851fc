package io.dengine.statemachine;

import org.jspecify.annotations.Nullable;

/**
 * What a batch makes of one key.
 *
 * @param after what the table shall hold; null to delete the key
 * @param deadlineBefore the deadline the table holds for the key before the batch, 0 if none. The writer has read the
 *     key anyway; a store that keeps an index by deadline need not read it a second time
 */
public record TableChange(@Nullable StoredValue after, long deadlineBefore) {

    /** Returns the deadline after the change; 0 if none. */
    public long deadlineAfter() {
        return after == null ? 0 : after.deadlineMillis();
    }
}
