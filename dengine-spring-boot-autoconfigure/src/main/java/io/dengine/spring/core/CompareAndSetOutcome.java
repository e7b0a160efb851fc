package io.dengine.spring.core;

import org.jspecify.annotations.Nullable;

/**
 * What a conditional write found. A mismatch is an answer, not an exception.
 *
 * @param succeeded whether the expectation held and the value was set
 * @param revision the store revision after the operation; on success the key's new {@code modRevision}
 * @param current on mismatch the key as it is, null if it does not exist; null on success
 * @param <T> the value's type
 */
public record CompareAndSetOutcome<T>(
        boolean succeeded, long revision, @Nullable Versioned<T> current) {}
