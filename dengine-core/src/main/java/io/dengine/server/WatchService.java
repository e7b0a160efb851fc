package io.dengine.server;

import io.dengine.proto.v1.WatchGrpc;
import io.dengine.proto.v1.WatchRequest;
import io.dengine.proto.v1.WatchResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** Watches in {@code dengine.v1}. Thread-safe. */
final class WatchService extends WatchGrpc.WatchImplBase {

    private final WatchStream.Environment environment;

    WatchService(WatchStream.Environment environment) {
        this.environment = environment;
    }

    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> call) {
        return new WatchStream(environment, (ServerCallStreamObserver<WatchResponse>) call);
    }
}
