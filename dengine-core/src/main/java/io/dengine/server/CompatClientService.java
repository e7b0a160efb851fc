package io.dengine.server;

import static io.dengine.server.Messages.bytes;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.IndeterminateException;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.ReadConsistency;
import io.dengine.proto.compat.client.ClientReadRequest;
import io.dengine.proto.compat.client.ClientResponse;
import io.dengine.proto.compat.client.ClientResult;
import io.dengine.proto.compat.client.ClientWriteRequest;
import io.dengine.proto.compat.client.MembershipSnapshot;
import io.dengine.proto.compat.client.RaftClientServiceGrpc;
import io.dengine.proto.compat.client.ReadResults;
import io.dengine.proto.compat.client.ScanRequest;
import io.dengine.proto.compat.client.ScanResponse;
import io.dengine.proto.compat.client.WatchMembershipRequest;
import io.dengine.proto.compat.client.WatchRequest;
import io.dengine.proto.compat.client.WatchResponse;
import io.dengine.proto.compat.client.WriteCommand;
import io.dengine.proto.compat.client.WriteResult;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The store for clients of d-engine. Thread-safe. */
final class CompatClientService extends RaftClientServiceGrpc.RaftClientServiceImplBase {

    private final ServedNode node;
    private final Operations operations;
    private final UnaryCalls calls;
    private final CompatFailures failures;
    private final CompatScan scan;
    private final WatchStream.Environment watches;

    CompatClientService(ServedNode node, Operations operations, UnaryCalls calls, WatchStream.Environment watches) {
        this.node = node;
        this.operations = operations;
        this.calls = calls;
        this.failures = new CompatFailures(watches.statuses());
        this.scan = new CompatScan(operations);
        this.watches = watches;
    }

    @Override
    public void handleClientWrite(ClientWriteRequest request, StreamObserver<ClientResponse> call) {
        answer(
                call,
                () -> write(request.getCommand())
                        .thenApply(succeeded -> ClientResponse.newBuilder()
                                .setWriteResult(WriteResult.newBuilder().setSucceeded(succeeded))
                                .build()));
    }

    private CompletableFuture<Boolean> write(WriteCommand command) {
        return switch (command.getOperationCase()) {
            case INSERT -> {
                WriteCommand.Insert insert = command.getInsert();
                yield node.client()
                        .put(
                                bytes(insert.getKey()),
                                bytes(insert.getValue()),
                                Messages.ttlOfSeconds(insert.getTtlSecs()))
                        .thenApply(put -> true);
            }
            case DELETE ->
                node.client().delete(bytes(command.getDelete().getKey())).thenApply(deleted -> true);
            case COMPARE_AND_SWAP -> {
                WriteCommand.CompareAndSwap swap = command.getCompareAndSwap();
                Expectation expected = swap.hasExpectedValue()
                        ? Expectation.value(bytes(swap.getExpectedValue()))
                        : Expectation.absent();
                yield node.client()
                        .compareAndSet(bytes(swap.getKey()), expected, bytes(swap.getNewValue()))
                        .thenApply(swapped -> swapped.succeeded());
            }
            case OPERATION_NOT_SET -> throw Messages.invalid("WriteCommand must contain an operation");
        };
    }

    @Override
    public void handleClientRead(ClientReadRequest request, StreamObserver<ClientResponse> call) {
        List<ByteSequence> keys =
                request.getKeysList().stream().map(Messages::bytes).toList();
        answer(
                call,
                () -> operations
                        .getAll(keys, consistency(request))
                        .thenApply(found -> ClientResponse.newBuilder()
                                .setReadData(results(keys, found))
                                .build()));
    }

    private static ReadConsistency consistency(ClientReadRequest request) {
        if (!request.hasConsistencyPolicy()) {
            return ReadConsistency.LINEARIZABLE;
        }
        return switch (request.getConsistencyPolicy()) {
            case READ_CONSISTENCY_POLICY_LEASE_READ -> ReadConsistency.LEASE;
            case READ_CONSISTENCY_POLICY_EVENTUAL_CONSISTENCY -> ReadConsistency.LOCAL;
            case READ_CONSISTENCY_POLICY_LINEARIZABLE_READ, UNRECOGNIZED -> ReadConsistency.LINEARIZABLE;
        };
    }

    private static ReadResults results(List<ByteSequence> keys, MultiGetResult found) {
        ReadResults.Builder results = ReadResults.newBuilder();
        for (ByteSequence key : keys) {
            KeyValue entry = found.entries().get(key);
            if (entry != null) {
                results.addResults(
                        ClientResult.newBuilder().setKey(bytes(entry.key())).setValue(bytes(entry.value())));
            }
        }
        return results.build();
    }

    /** Two failures are answers to these clients; the others are a status. */
    private void answer(StreamObserver<ClientResponse> call, Supplier<CompletableFuture<ClientResponse>> operation) {
        calls.answer(
                call,
                () -> orFailed(operation).exceptionallyCompose(failure -> answerOf(StatusMapper.causeOf(failure))),
                failures::exception);
    }

    private static CompletableFuture<ClientResponse> orFailed(Supplier<CompletableFuture<ClientResponse>> operation) {
        try {
            return operation.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<ClientResponse> answerOf(Throwable cause) {
        if (failures.isLeaderless(cause)) {
            return CompletableFuture.completedFuture(failures.notLeader(cause));
        }
        if (cause instanceof IndeterminateException indeterminate) {
            return CompletableFuture.completedFuture(failures.outcomeUnknown(indeterminate));
        }
        return CompletableFuture.failedFuture(cause);
    }

    @Override
    public void handleClientScan(ScanRequest request, StreamObserver<ScanResponse> call) {
        calls.answer(call, () -> scan.all(bytes(request.getPrefix())), failures::exception);
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchResponse> call) {
        new CompatWatch(watches, failures, (ServerCallStreamObserver<WatchResponse>) call).start(request);
    }

    @Override
    public void watchMembership(WatchMembershipRequest request, StreamObserver<MembershipSnapshot> call) {
        new CompatMembership(watches, (ServerCallStreamObserver<MembershipSnapshot>) call)
                .start(node.membershipListeners());
    }
}
