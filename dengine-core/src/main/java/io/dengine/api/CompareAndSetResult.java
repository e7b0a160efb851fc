package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of a compare-and-set. A mismatch is an answer, not an exception.
 *
 * @param succeeded whether the expectation held and the value was set
 * @param revision the store revision after the operation
 * @param current on mismatch the key as it is, null if it does not exist; null on success
 */
public record CompareAndSetResult(
        boolean succeeded, long revision, @Nullable KeyValue current) {}
