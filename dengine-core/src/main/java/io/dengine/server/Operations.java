package io.dengine.server;

import static io.dengine.server.Messages.bytes;
import static io.dengine.server.Messages.consistency;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanResult;
import io.dengine.proto.v1.CompareAndSetRequest;
import io.dengine.proto.v1.CompareAndSetResponse;
import io.dengine.proto.v1.DeleteRequest;
import io.dengine.proto.v1.DeleteResponse;
import io.dengine.proto.v1.GetAllRequest;
import io.dengine.proto.v1.GetAllResponse;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.GetResponse;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.PutResponse;
import io.dengine.proto.v1.ScanRequest;
import io.dengine.proto.v1.ScanResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The operations of the store as the protocol words them. Thread-safe. Each may also throw, a {@link
 * io.dengine.api.RefusedException}, where the request is ill-formed.
 */
final class Operations {

    /** Fits into the 4 MiB that gRPC clients accept by default, with a value of the default limit on top. */
    private static final int DEFAULT_SCAN_BYTES = 2 << 20;

    private final CoordinationClient client;
    private final Executor callbacks;

    /**
     * @param callbacks runs what reads much at once: the caller's thread serves other connections too
     */
    Operations(CoordinationClient client, Executor callbacks) {
        this.client = client;
        this.callbacks = callbacks;
    }

    CompletableFuture<PutResponse> put(PutRequest request) {
        return client.put(
                        bytes(request.getKey()),
                        bytes(request.getValue()),
                        Messages.ttlOfMillis(request.getTtlMillis()))
                .thenApply(result ->
                        PutResponse.newBuilder().setRevision(result.revision()).build());
    }

    CompletableFuture<DeleteResponse> delete(DeleteRequest request) {
        return client.delete(bytes(request.getKey()))
                .thenApply(result -> DeleteResponse.newBuilder()
                        .setRevision(result.revision())
                        .setDeleted(result.deleted())
                        .build());
    }

    CompletableFuture<CompareAndSetResponse> compareAndSet(CompareAndSetRequest request) {
        return client.compareAndSet(
                        bytes(request.getKey()),
                        expectation(request),
                        bytes(request.getValue()),
                        Messages.ttlOfMillis(request.getTtlMillis()))
                .thenApply(result -> {
                    CompareAndSetResponse.Builder response = CompareAndSetResponse.newBuilder()
                            .setSucceeded(result.succeeded())
                            .setRevision(result.revision());
                    KeyValue current = result.current();
                    return (current == null ? response : response.setCurrent(Messages.entry(current))).build();
                });
    }

    private static Expectation expectation(CompareAndSetRequest request) {
        return switch (request.getExpectationCase()) {
            case ABSENT -> Expectation.absent();
            case VALUE_EQUALS -> Expectation.value(bytes(request.getValueEquals()));
            case MOD_REVISION -> Expectation.modRevision(Messages.unsigned("mod_revision", request.getModRevision()));
            case EXPECTATION_NOT_SET ->
                throw Messages.invalid(
                        "a compare-and-set without an expectation: say absent, value_equals or mod_revision");
        };
    }

    CompletableFuture<GetResponse> get(GetRequest request) {
        return client.get(bytes(request.getKey()), consistency(request.getConsistency()))
                .thenApply(result -> {
                    GetResponse.Builder response = GetResponse.newBuilder().setRevision(result.revision());
                    KeyValue entry = result.entry();
                    return (entry == null ? response : response.setEntry(Messages.entry(entry))).build();
                });
    }

    CompletableFuture<GetAllResponse> getAll(GetAllRequest request) {
        return getAll(
                        request.getKeysList().stream().map(Messages::bytes).toList(),
                        consistency(request.getConsistency()))
                .thenApply(result -> GetAllResponse.newBuilder()
                        .setRevision(result.revision())
                        .addAllEntries(Messages.entries(result.entries().values()))
                        .build());
    }

    CompletableFuture<MultiGetResult> getAll(List<ByteSequence> keys, ReadConsistency consistency) {
        return elsewhereIfAtOnce(consistency, () -> client.getAll(keys, consistency));
    }

    CompletableFuture<ScanResponse> scan(ScanRequest request) {
        io.dengine.api.ScanRequest page = io.dengine.api.ScanRequest.prefix(bytes(request.getPrefix()));
        if (request.getLimit() != 0) {
            page = page.withLimit(request.getLimit());
        }
        if (request.hasAfter()) {
            page = page.withAfter(bytes(request.getAfter()));
        }
        long maxBytes = request.getMaxBytes() == 0 ? DEFAULT_SCAN_BYTES : Integer.toUnsignedLong(request.getMaxBytes());
        return scan(page, consistency(request.getConsistency())).thenApply(result -> page(result, maxBytes));
    }

    CompletableFuture<ScanResult> scan(io.dengine.api.ScanRequest request, ReadConsistency consistency) {
        return elsewhereIfAtOnce(consistency, () -> client.scan(request, consistency));
    }

    private static ScanResponse page(ScanResult result, long maxBytes) {
        ScanResponse.Builder response = ScanResponse.newBuilder().setRevision(result.revision());
        long bytes = 0;
        for (KeyValue entry : result.entries()) {
            bytes += entry.key().length() + entry.value().length();
            if (bytes > maxBytes && response.getEntriesCount() > 0) {
                return response.setMore(true).build();
            }
            response.addEntries(Messages.entry(entry));
        }
        return response.setMore(result.more()).build();
    }

    /** A linearizable read leaves the caller's thread by itself; the others read before they return. */
    private <T> CompletableFuture<T> elsewhereIfAtOnce(
            ReadConsistency consistency, Supplier<CompletableFuture<T>> read) {
        return consistency == ReadConsistency.LINEARIZABLE
                ? read.get()
                : CompletableFuture.completedFuture(read).thenComposeAsync(Supplier::get, callbacks);
    }
}
