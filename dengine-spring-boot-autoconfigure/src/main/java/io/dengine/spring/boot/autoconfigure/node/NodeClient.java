package io.dengine.spring.boot.autoconfigure.node;

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
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The client that beans are given once, while engines come and go below it. Thread-safe. */
final class NodeClient implements CoordinationClient {

    private final BlockingCoordinationClient blocking = new Blocking();
    private volatile @Nullable CoordinationClient engineClient;

    void connect(CoordinationClient engineClient) {
        this.engineClient = engineClient;
    }

    void disconnect() {
        engineClient = null;
    }

    @Override
    public CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return call(client -> client.put(key, value, ttl));
    }

    @Override
    public CompletableFuture<DeleteResult> delete(ByteSequence key) {
        return call(client -> client.delete(key));
    }

    @Override
    public CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return call(client -> client.compareAndSet(key, expected, value, ttl));
    }

    @Override
    public CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency) {
        return call(client -> client.get(key, consistency));
    }

    @Override
    public CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        return call(client -> client.getAll(keys, consistency));
    }

    @Override
    public CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency) {
        return call(client -> client.scan(request, consistency));
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        return connected().watch(request, listener);
    }

    @Override
    public BlockingCoordinationClient blocking() {
        return blocking;
    }

    private <T> CompletableFuture<T> call(Function<CoordinationClient, CompletableFuture<T>> operation) {
        CoordinationClient client = engineClient;
        return client == null ? CompletableFuture.failedFuture(notRunning()) : operation.apply(client);
    }

    private CoordinationClient connected() {
        CoordinationClient client = engineClient;
        if (client == null) {
            throw notRunning();
        }
        return client;
    }

    static RefusedException notRunning() {
        return new RefusedException(
                RefusedException.Reason.CLOSED,
                "the dengine node is not running: it starts after all beans are made and stops before they are destroyed,"
                        + " so use it from an ApplicationRunner, a SmartLifecycle bean or later, not from @PostConstruct");
    }

    private final class Blocking implements BlockingCoordinationClient {

        @Override
        public PutResult put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
            return connected().blocking().put(key, value, ttl);
        }

        @Override
        public DeleteResult delete(ByteSequence key) {
            return connected().blocking().delete(key);
        }

        @Override
        public CompareAndSetResult compareAndSet(
                ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
            return connected().blocking().compareAndSet(key, expected, value, ttl);
        }

        @Override
        public GetResult get(ByteSequence key, ReadConsistency consistency) {
            return connected().blocking().get(key, consistency);
        }

        @Override
        public MultiGetResult getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
            return connected().blocking().getAll(keys, consistency);
        }

        @Override
        public ScanResult scan(ScanRequest request, ReadConsistency consistency) {
            return connected().blocking().scan(request, consistency);
        }

        @Override
        public Watch watch(WatchRequest request, WatchListener listener) {
            return connected().watch(request, listener);
        }
    }
}
