package io.dengine.server;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.GetResult;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** A store that fails each operation as it is told, which a real one does only at bad times; its watches are made by hand. */
final class FailingClient implements CoordinationClient {

    volatile RuntimeException failure;
    /** Makes watches; null to fail them too. */
    volatile BiFunction<WatchRequest, WatchListener, Watch> watches;

    private <T> CompletableFuture<T> fail() {
        return CompletableFuture.failedFuture(failure);
    }

    @Override
    public CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, Duration ttl) {
        return fail();
    }

    @Override
    public CompletableFuture<DeleteResult> delete(ByteSequence key) {
        return fail();
    }

    @Override
    public CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, Duration ttl) {
        return fail();
    }

    @Override
    public CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency) {
        return fail();
    }

    @Override
    public CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        return fail();
    }

    @Override
    public CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency) {
        return fail();
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        BiFunction<WatchRequest, WatchListener, Watch> made = watches;
        if (made == null) {
            throw failure;
        }
        return made.apply(request, listener);
    }

    @Override
    public BlockingCoordinationClient blocking() {
        throw failure;
    }
}
