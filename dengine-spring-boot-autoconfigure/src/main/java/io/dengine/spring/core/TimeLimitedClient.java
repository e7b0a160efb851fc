package io.dengine.spring.core;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.CoordinationException;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.GetResult;
import io.dengine.api.IndeterminateException;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A blocking client with a patience of its own in place of the engine's request timeout. */
final class TimeLimitedClient implements BlockingCoordinationClient {

    private final CoordinationClient client;
    private final Duration timeout;

    TimeLimitedClient(CoordinationClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    @Override
    public PutResult put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return written(client.put(key, value, ttl));
    }

    @Override
    public DeleteResult delete(ByteSequence key) {
        return written(client.delete(key));
    }

    @Override
    public CompareAndSetResult compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return written(client.compareAndSet(key, expected, value, ttl));
    }

    @Override
    public GetResult get(ByteSequence key, ReadConsistency consistency) {
        return read(client.get(key, consistency));
    }

    @Override
    public MultiGetResult getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        return read(client.getAll(keys, consistency));
    }

    @Override
    public ScanResult scan(ScanRequest request, ReadConsistency consistency) {
        return read(client.scan(request, consistency));
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        return client.watch(request, listener);
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
            if (e.getCause() instanceof CoordinationException failure) {
                throw failure;
            }
            throw new IllegalStateException("the client failed with an exception that is not its own", e.getCause());
        } catch (TimeoutException e) {
            throw unanswered.apply("no answer within " + timeout.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered.apply("interrupted while waiting for the answer", e);
        }
    }
}
