package io.dengine.client.embedded;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
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

/** The blocking twin: waits on the caller's thread and reads on it too, so that nothing hops to a callback thread. */
final class BlockingEmbeddedClient implements BlockingCoordinationClient {

    /** The node answers within the request timeout; this is for a node whose loop hangs. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final EngineNode node;
    private final RequestCheck check;
    private final long waitNanos;

    BlockingEmbeddedClient(EngineNode node, RequestCheck check) {
        this.node = node;
        this.check = check;
        this.waitNanos = node.config().limits().requestTimeout().plus(GRACE).toNanos();
    }

    @Override
    public PutResult put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return Queries.put(write(check.put(key, value, ttl)));
    }

    @Override
    public DeleteResult delete(ByteSequence key) {
        return Queries.delete(write(check.delete(key)));
    }

    @Override
    public CompareAndSetResult compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return Queries.compareAndSet(write(check.compareAndSet(key, expected, value, ttl)));
    }

    @Override
    public GetResult get(ByteSequence key, ReadConsistency consistency) {
        check.key(key);
        return read(consistency, Queries.get(key));
    }

    @Override
    public MultiGetResult getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        List<ByteSequence> wanted = List.copyOf(keys);
        check.keys(wanted);
        return read(consistency, Queries.getAll(wanted));
    }

    @Override
    public ScanResult scan(ScanRequest request, ReadConsistency consistency) {
        check.scan(request);
        return read(consistency, Queries.scan(request));
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        check.watch(request);
        return node.watches().watch(request, listener);
    }

    private CommandResult write(Command command) {
        return await(
                node.propose(CommandCodec.encode(command)),
                why -> new IndeterminateException("the write is under way, but " + why));
    }

    private <T> T read(ReadConsistency consistency, Queries.Query<T> query) {
        long start = node.nanoClock().getAsLong();
        if (!Queries.mayAnswerNow(node, consistency)) {
            await(
                    node.readBarrier(node.config().limits().requestTimeout()),
                    why -> new RefusedException(RefusedException.Reason.TIMEOUT, "the read was given up: " + why));
        }
        T answer = Queries.run(node, query);
        node.meter().read(consistency, node.nanoClock().getAsLong() - start);
        return answer;
    }

    private <T> T await(CompletableFuture<T> future, Function<String, CoordinationException> unanswered) {
        return Answers.await(future, waitNanos, unanswered);
    }
}
