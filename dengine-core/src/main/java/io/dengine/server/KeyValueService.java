package io.dengine.server;

import io.dengine.proto.v1.CompareAndSetRequest;
import io.dengine.proto.v1.CompareAndSetResponse;
import io.dengine.proto.v1.DeleteRequest;
import io.dengine.proto.v1.DeleteResponse;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.ExchangeResponse;
import io.dengine.proto.v1.GetAllRequest;
import io.dengine.proto.v1.GetAllResponse;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.GetResponse;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.PutResponse;
import io.dengine.proto.v1.ScanRequest;
import io.dengine.proto.v1.ScanResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The store in {@code dengine.v1}: a call each, or many operations over one stream. Thread-safe. */
final class KeyValueService extends KeyValueGrpc.KeyValueImplBase {

    private final Operations operations;
    private final UnaryCalls calls;
    private final ExchangeStream.Environment exchange;

    KeyValueService(Operations operations, UnaryCalls calls, ExchangeStream.Environment exchange) {
        this.operations = operations;
        this.calls = calls;
        this.exchange = exchange;
    }

    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> call) {
        calls.answer(call, () -> operations.put(request));
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<DeleteResponse> call) {
        calls.answer(call, () -> operations.delete(request));
    }

    @Override
    public void compareAndSet(CompareAndSetRequest request, StreamObserver<CompareAndSetResponse> call) {
        calls.answer(call, () -> operations.compareAndSet(request));
    }

    @Override
    public void get(GetRequest request, StreamObserver<GetResponse> call) {
        calls.answer(call, () -> operations.get(request));
    }

    @Override
    public void getAll(GetAllRequest request, StreamObserver<GetAllResponse> call) {
        calls.answer(call, () -> operations.getAll(request));
    }

    @Override
    public void scan(ScanRequest request, StreamObserver<ScanResponse> call) {
        calls.answer(call, () -> operations.scan(request));
    }

    @Override
    public StreamObserver<ExchangeRequest> exchange(StreamObserver<ExchangeResponse> call) {
        return new ExchangeStream(exchange, (ServerCallStreamObserver<ExchangeResponse>) call);
    }
}
