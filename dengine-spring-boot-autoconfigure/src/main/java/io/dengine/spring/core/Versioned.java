package io.dengine.spring.core;

/**
 * A typed value with its place in the store's history.
 *
 * @param key the key
 * @param value the value
 * @param createRevision the store revision that created the key
 * @param modRevision the store revision of the key's last change; what {@link ValueOperations#compareAndSet(String,
 *     long, Object)} expects
 * @param version 1 at creation, +1 for each change since
 * @param <T> the value's type
 */
public record Versioned<T>(String key, T value, long createRevision, long modRevision, long version) {}
