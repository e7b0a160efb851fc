package io.dengine.spring.core;

import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Waits for the asynchronous operations. */
final class BlockingValueOperations implements ValueOperations {

    private final AsyncValueOperations async;
    private final ReadConsistency consistency;
    private final Duration timeout;

    BlockingValueOperations(AsyncValueOperations async, ReadConsistency consistency, Duration timeout) {
        this.async = async;
        this.consistency = consistency;
        this.timeout = timeout;
    }

    @Override
    public long put(String key, Object value, @Nullable Duration ttl) {
        return written(async.put(key, value, ttl));
    }

    @Override
    public <T> CompareAndSetOutcome<T> putIfAbsent(String key, T value, @Nullable Duration ttl) {
        return written(async.putIfAbsent(key, value, ttl));
    }

    @Override
    public <T> CompareAndSetOutcome<T> compareAndSet(
            String key, long expectedModRevision, T value, @Nullable Duration ttl) {
        return written(async.compareAndSet(key, expectedModRevision, value, ttl));
    }

    @Override
    public <T> CompareAndSetOutcome<T> compareAndSetValue(String key, T expected, T value) {
        return written(async.compareAndSetValue(key, expected, value));
    }

    @Override
    public boolean delete(String key) {
        return written(async.delete(key));
    }

    @Override
    public <T> @Nullable Versioned<T> get(String key, Class<T> type) {
        return get(key, type, consistency);
    }

    @Override
    public <T> @Nullable Versioned<T> get(String key, Class<T> type, ReadConsistency consistency) {
        return read(async.get(key, type, consistency));
    }

    @Override
    public <T> VersionedPage<T> getAll(Collection<String> keys, Class<T> type) {
        return getAll(keys, type, consistency);
    }

    @Override
    public <T> VersionedPage<T> getAll(Collection<String> keys, Class<T> type, ReadConsistency consistency) {
        return read(async.getAll(keys, type, consistency));
    }

    @Override
    public <T> VersionedPage<T> scan(String prefix, int limit, Class<T> type) {
        return scan(prefix, limit, type, consistency);
    }

    @Override
    public <T> VersionedPage<T> scan(String prefix, int limit, Class<T> type, ReadConsistency consistency) {
        return read(async.scan(prefix, limit, type, consistency));
    }

    private <V> V written(CompletableFuture<V> future) {
        return await(future, IndeterminateException::new);
    }

    private <V> V read(CompletableFuture<V> future) {
        return await(future, (message, cause) -> new RefusedException(RefusedException.Reason.TIMEOUT, message, cause));
    }

    private <V> V await(
            CompletableFuture<V> future, BiFunction<String, Throwable, ? extends CoordinationException> unanswered) {
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw unanswered.apply("no answer within " + timeout.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered.apply("interrupted while waiting for the answer", e);
        }
    }
}
