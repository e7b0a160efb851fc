package io.dengine.spring.core;

import io.dengine.api.ReadConsistency;
import java.time.Duration;

/** What {@link CoordinationTemplate} offers: the type to depend on where a test puts something else in its place. Thread-safe. */
public interface CoordinationOperations {

    /** Returns the operations on single keys and prefixes. */
    ValueOperations opsForValue();

    /** Returns the same operations with futures in place of waiting. */
    AsyncCoordinationTemplate async();

    /** Returns a copy whose reads have this consistency unless a call names another. */
    CoordinationOperations withConsistency(ReadConsistency consistency);

    /**
     * Returns a copy whose calls wait at most this long in place of the engine's request timeout. A write that is not answered by then is indeterminate, a read
     * refused. It does not bound {@link #async()}.
     *
     * @param timeout above 0
     */
    CoordinationOperations withTimeout(Duration timeout);
}
