package io.dengine.client.embedded;

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
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.node.EngineNode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The client of a node in the same process. Thread-safe. */
public final class EmbeddedClient implements CoordinationClient {

    private final EngineNode node;
    private final RequestCheck check;
    private final BlockingCoordinationClient blocking;

    public EmbeddedClient(EngineNode node) {
        this.node = node;
        this.check = new RequestCheck(node.config().limits());
        this.blocking = new BlockingEmbeddedClient(node, check);
    }

    @Override
    public BlockingCoordinationClient blocking() {
        return blocking;
    }

    @Override
    public CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return write(() -> check.put(key, value, ttl), Queries::put);
    }

    @Override
    public CompletableFuture<DeleteResult> delete(ByteSequence key) {
        return write(() -> check.delete(key), Queries::delete);
    }

    @Override
    public CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return write(() -> check.compareAndSet(key, expected, value, ttl), Queries::compareAndSet);
    }

    @Override
    public CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency) {
        return read(() -> check.key(key), consistency, Queries.get(key));
    }

    @Override
    public CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        List<ByteSequence> wanted = List.copyOf(keys);
        return read(() -> check.keys(wanted), consistency, Queries.getAll(wanted));
    }

    @Override
    public CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency) {
        return read(() -> check.scan(request), consistency, Queries.scan(request));
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        check.watch(request);
        return node.watches().watch(request, listener);
    }

    /** Builds or checks a request; what it throws goes into the future. */
    private interface Checked<T> {
        T get();
    }

    private <T> CompletableFuture<T> write(Checked<Command> request, Function<CommandResult, T> answer) {
        CompletableFuture<CommandResult> applied;
        try {
            applied = node.propose(CommandCodec.encode(request.get()));
        } catch (CoordinationException e) {
            return CompletableFuture.failedFuture(e);
        }
        return onCallbackThread(applied, answer);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the stage only measures
    private <T> CompletableFuture<T> read(Runnable request, ReadConsistency consistency, Queries.Query<T> query) {
        long start = node.nanoClock().getAsLong();
        CompletableFuture<T> result;
        try {
            request.run();
            result = Queries.mayAnswerNow(node, consistency)
                    ? CompletableFuture.completedFuture(Queries.run(node, query))
                    : onCallbackThread(
                            node.readBarrier(node.config().limits().requestTimeout()),
                            confirmed -> Queries.run(node, query));
        } catch (CoordinationException e) {
            return CompletableFuture.failedFuture(e);
        }
        // Not what whenComplete returns: that would hand callers a CompletionException around the failure.
        result.whenComplete((value, failure) ->
                node.meter().read(consistency, node.nanoClock().getAsLong() - start));
        return result;
    }

    private <T, R> CompletableFuture<R> onCallbackThread(CompletableFuture<T> source, Function<T, R> answer) {
        return Answers.onCallbackThread(source, answer, node.callbacks());
    }
}
