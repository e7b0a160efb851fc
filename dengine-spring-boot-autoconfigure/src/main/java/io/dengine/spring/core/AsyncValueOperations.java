package io.dengine.spring.core;

import io.dengine.api.ReadConsistency;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@link ValueOperations} with futures in place of waiting: same names, same meanings. Thread-safe.
 *
 * <p>A future fails with a {@link io.dengine.api.CoordinationException} or, on a read, with a {@link
 * ValueConversionException}. A value to write that cannot be converted is thrown by the call itself.
 */
public interface AsyncValueOperations {

    /** As {@link ValueOperations#put(String, Object)}. */
    default CompletableFuture<Long> put(String key, Object value) {
        return put(key, value, null);
    }

    /** As {@link ValueOperations#put(String, Object, Duration)}. */
    CompletableFuture<Long> put(String key, Object value, @Nullable Duration ttl);

    /** As {@link ValueOperations#putIfAbsent(String, Object)}. */
    default <T> CompletableFuture<CompareAndSetOutcome<T>> putIfAbsent(String key, T value) {
        return putIfAbsent(key, value, null);
    }

    /** As {@link ValueOperations#putIfAbsent(String, Object, Duration)}. */
    <T> CompletableFuture<CompareAndSetOutcome<T>> putIfAbsent(String key, T value, @Nullable Duration ttl);

    /** As {@link ValueOperations#compareAndSet(String, long, Object)}. */
    default <T> CompletableFuture<CompareAndSetOutcome<T>> compareAndSet(
            String key, long expectedModRevision, T value) {
        return compareAndSet(key, expectedModRevision, value, null);
    }

    /** As {@link ValueOperations#compareAndSet(String, long, Object, Duration)}. */
    <T> CompletableFuture<CompareAndSetOutcome<T>> compareAndSet(
            String key, long expectedModRevision, T value, @Nullable Duration ttl);

    /** As {@link ValueOperations#compareAndSetValue(String, Object, Object)}. */
    <T> CompletableFuture<CompareAndSetOutcome<T>> compareAndSetValue(String key, T expected, T value);

    /** As {@link ValueOperations#delete(String)}. */
    CompletableFuture<Boolean> delete(String key);

    /** As {@link ValueOperations#get(String, Class)}: null if the key does not exist. */
    <T> CompletableFuture<@Nullable Versioned<T>> get(String key, Class<T> type);

    /** As {@link ValueOperations#get(String, Class, ReadConsistency)}: null if the key does not exist. */
    <T> CompletableFuture<@Nullable Versioned<T>> get(String key, Class<T> type, ReadConsistency consistency);

    /** As {@link ValueOperations#getAll(Collection, Class)}. */
    <T> CompletableFuture<VersionedPage<T>> getAll(Collection<String> keys, Class<T> type);

    /** As {@link ValueOperations#getAll(Collection, Class, ReadConsistency)}. */
    <T> CompletableFuture<VersionedPage<T>> getAll(Collection<String> keys, Class<T> type, ReadConsistency consistency);

    /** As {@link ValueOperations#scan(String, int, Class)}. */
    <T> CompletableFuture<VersionedPage<T>> scan(String prefix, int limit, Class<T> type);

    /** As {@link ValueOperations#scanAfter}. */
    <T> CompletableFuture<VersionedPage<T>> scanAfter(String prefix, String after, int limit, Class<T> type);

    /** As {@link ValueOperations#scan(String, int, Class, ReadConsistency)}. */
    <T> CompletableFuture<VersionedPage<T>> scan(String prefix, int limit, Class<T> type, ReadConsistency consistency);
}
