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

/** A store that fails each operation as it is told, which a real one does only at bad times. */
final class FailingClient implements CoordinationClient {

    volatile RuntimeException failure;

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
        throw failure;
    }

    @Override
    public BlockingCoordinationClient blocking() {
        throw failure;
    }
}
