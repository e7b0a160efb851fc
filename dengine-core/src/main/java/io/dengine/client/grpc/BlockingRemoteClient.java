package io.dengine.client.grpc;

import com.google.protobuf.Message;
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
import io.dengine.client.grpc.PendingCall.Request;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The blocking twin: waits, and makes results of answers, on the caller's thread. Thread-safe. */
final class BlockingRemoteClient implements BlockingCoordinationClient {

    /** The client ends every call by itself; this is for a loop that hangs. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final RemoteClient client;
    private final RequestCheck check;

    BlockingRemoteClient(RemoteClient client, RequestCheck check) {
        this.client = client;
        this.check = check;
    }

    @Override
    public PutResult put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return Results.put(await(Requests.put(check.put(key, value, ttl))));
    }

    @Override
    public DeleteResult delete(ByteSequence key) {
        return Results.delete(await(Requests.delete(check.delete(key))));
    }

    @Override
    public CompareAndSetResult compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return Results.compareAndSet(await(Requests.compareAndSet(check.compareAndSet(key, expected, value, ttl))));
    }

    @Override
    public GetResult get(ByteSequence key, ReadConsistency consistency) {
        check.key(key);
        return Results.get(await(Requests.get(key, consistency)));
    }

    @Override
    public MultiGetResult getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        List<ByteSequence> wanted = List.copyOf(keys);
        check.keys(wanted);
        return Results.getAll(await(Requests.getAll(wanted, consistency)));
    }

    @Override
    public ScanResult scan(ScanRequest request, ReadConsistency consistency) {
        check.scan(request);
        return Results.scan(await(Requests.scan(request, consistency)));
    }

    @Override
    public Watch watch(WatchRequest request, WatchListener listener) {
        return client.watch(request, listener);
    }

    private Message await(Request request) {
        return Answers.await(
                client.submit(request), client.requestTimeout().plus(GRACE).toNanos(), why -> unanswered(request, why));
    }

    private static CoordinationException unanswered(Request request, String why) {
        return request.write()
                ? new IndeterminateException("the write is under way, but " + why)
                : new RefusedException(RefusedException.Reason.TIMEOUT, "the read was given up: " + why);
    }
}
