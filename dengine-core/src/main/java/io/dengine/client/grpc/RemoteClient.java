package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.CoordinationException;
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
import io.dengine.client.Answers;
import io.dengine.client.RequestCheck;
import io.dengine.client.grpc.PendingCall.Request;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The store of a cluster elsewhere. Thread-safe. */
final class RemoteClient implements CoordinationClient {

    private final ClientCore core;
    private final RequestCheck check;
    private final BlockingCoordinationClient blocking;

    RemoteClient(ClientCore core) {
        this.core = core;
        this.check = new RequestCheck(core.settings().limits());
        this.blocking = new BlockingRemoteClient(this, check);
    }

    @Override
    public BlockingCoordinationClient blocking() {
        return blocking;
    }

    @Override
    public CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return call(() -> Requests.put(check.put(key, value, ttl)), Results::put);
    }

    @Override
    public CompletableFuture<DeleteResult> delete(ByteSequence key) {
        return call(() -> Requests.delete(check.delete(key)), Results::delete);
    }

    @Override
    public CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return call(
                () -> Requests.compareAndSet(check.compareAndSet(key, expected, value, ttl)), Results::compareAndSet);
    }

    @Override
    public CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency) {
        return call(
                () -> {
                    check.key(key);
                    return Requests.get(key, consistency);
                },
                Results::get);
    }

    @Override
    public CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        List<ByteSequence> wanted = List.copyOf(keys);
        return call(
                () -> {
                    check.keys(wanted);
                    return Requests.getAll(wanted, consistency);
                },
                Results::getAll);
    }

    @Override
    public CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency) {
        return call(
                () -> {
                    check.scan(request);
                    return Requests.scan(request, consistency);
                },
                Results::scan);
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        check.watch(request);
        return core.watches().watch(request, listener);
    }

    /** What the check throws goes into the future. */
    private <T> CompletableFuture<T> call(Supplier<Request> request, Function<Message, T> result) {
        CompletableFuture<Message> answer;
        try {
            answer = submit(request.get());
        } catch (CoordinationException e) {
            return CompletableFuture.failedFuture(e);
        }
        return Answers.onCallbackThread(answer, result, core.callbacks());
    }

    /** Begins a call; the future completes on the client's loop. */
    CompletableFuture<Message> submit(Request request) {
        return core.dispatcher().submit(request, requestTimeout());
    }

    Duration requestTimeout() {
        return core.settings().limits().requestTimeout();
    }
}
