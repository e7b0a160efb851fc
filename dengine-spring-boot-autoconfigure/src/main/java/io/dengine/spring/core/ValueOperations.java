package io.dengine.spring.core;

import io.dengine.api.ReadConsistency;
import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Operations on single keys and on prefixes. Thread-safe. Each call waits at most the template's
 * timeout: the engine's request timeout (default 5 s) unless set.
 *
 * <p>Keys are 1 byte to 32 KiB of UTF-8, converted values up to 1.5 MiB, unless the engine is configured tighter; beyond
 * that a call is {@linkplain io.dengine.api.RefusedException refused}.
 */
public interface ValueOperations {

    /**
     * Sets {@code key} and clears the TTL that an earlier put may have set.
     *
     * @return the store revision that the put made: the key's {@code modRevision}
     */
    default long put(String key, Object value) {
        return put(key, value, null);
    }

    /**
     * Sets {@code key} for {@code ttl}, after which it is deleted.
     *
     * @param ttl 1 ms or longer, in whole milliseconds of cluster time; null for no limit
     * @return the store revision that the put made: the key's {@code modRevision}
     */
    long put(String key, Object value, @Nullable Duration ttl);

    /**
     * Sets {@code key} if it does not exist.
     *
     * @return the outcome; on mismatch with the present value, read as the class of {@code value}
     */
    default <T> CompareAndSetOutcome<T> putIfAbsent(String key, T value) {
        return putIfAbsent(key, value, null);
    }

    /** As {@link #putIfAbsent(String, Object)}, with the TTL of {@link #put(String, Object, Duration)}. */
    <T> CompareAndSetOutcome<T> putIfAbsent(String key, T value, @Nullable Duration ttl);

    /**
     * Sets {@code key} if its last change is {@code expectedModRevision}: the way to let two editors never overwrite
     * each other. Clears an earlier TTL, as a put does.
     *
     * @param expectedModRevision the {@link Versioned#modRevision()} that was read; 0 if the key must not exist
     * @return the outcome; on mismatch with the present value, read as the class of {@code value}
     */
    default <T> CompareAndSetOutcome<T> compareAndSet(String key, long expectedModRevision, T value) {
        return compareAndSet(key, expectedModRevision, value, null);
    }

    /** As {@link #compareAndSet(String, long, Object)}, with the TTL of {@link #put(String, Object, Duration)}. */
    <T> CompareAndSetOutcome<T> compareAndSet(String key, long expectedModRevision, T value, @Nullable Duration ttl);

    /**
     * Sets {@code key} if its bytes are those of {@code expected}. Fit for numbers, strings and bytes; where one value
     * has several forms in JSON, compare by revision. Clears an earlier TTL, as a put does.
     *
     * @return the outcome; on mismatch with the present value, read as the class of {@code value}
     */
    <T> CompareAndSetOutcome<T> compareAndSetValue(String key, T expected, T value);

    /** Deletes {@code key} and returns whether it existed. */
    boolean delete(String key);

    /** Reads {@code key}; null if it does not exist. */
    <T> @Nullable Versioned<T> get(String key, Class<T> type);

    /** As {@link #get(String, Class)}, with a consistency of its own. */
    <T> @Nullable Versioned<T> get(String key, Class<T> type, ReadConsistency consistency);

    /** Reads several keys at one revision; those that do not exist are left out. */
    <T> VersionedPage<T> getAll(Collection<String> keys, Class<T> type);

    /** As {@link #getAll(Collection, Class)}, with a consistency of its own. */
    <T> VersionedPage<T> getAll(Collection<String> keys, Class<T> type, ReadConsistency consistency);

    /**
     * Reads the keys that start with {@code prefix}, at one revision.
     *
     * @param prefix empty for every key
     * @param limit the most keys to return, 1 to 10,000; a page also ends at 16 MiB
     */
    <T> VersionedPage<T> scan(String prefix, int limit, Class<T> type);

    /**
     * Reads the next page of a scan: the keys that start with {@code prefix} and follow {@code after}, the last key of the
     * page before. Each page has a revision of its own.
     */
    <T> VersionedPage<T> scanAfter(String prefix, String after, int limit, Class<T> type);

    /** As {@link #scan(String, int, Class)}, with a consistency of its own. */
    <T> VersionedPage<T> scan(String prefix, int limit, Class<T> type, ReadConsistency consistency);
}
