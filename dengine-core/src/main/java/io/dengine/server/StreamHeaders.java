package io.dengine.server;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/**
 * Sends the headers of a stream as soon as it is open, not with its first message. Clients of other languages wait for them
 * before they hand the stream to their user, and a watch may have nothing to say for long. Thread-safe.
 */
final class StreamHeaders implements ServerInterceptor {

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        MethodType type = call.getMethodDescriptor().getType();
        if (type.serverSendsOneMessage()) {
            return next.startCall(call, headers);
        }
        HeadersOnce<Q, R> once = new HeadersOnce<>(call);
        ServerCall.Listener<Q> listener = next.startCall(once, headers);
        if (!type.clientSendsOneMessage()) {
            once.sendHeaders(new Metadata());
            return listener;
        }
        return new SimpleForwardingServerCallListener<>(listener) {
            @Override
            public void onHalfClose() {
                super.onHalfClose(); // which calls the service: when headers are out, its watch is in place
                once.sendHeaders(new Metadata());
            }
        };
    }

    /** The service sends headers of its own with its first message, perhaps from another thread. */
    private static final class HeadersOnce<Q, R> extends SimpleForwardingServerCall<Q, R> {

        private boolean sent;
        private boolean closed;

        HeadersOnce(ServerCall<Q, R> call) {
            super(call);
        }

        @Override
        public synchronized void sendHeaders(Metadata headers) {
            if (!sent && !closed) {
                sent = true;
                super.sendHeaders(headers);
            }
        }

        @Override
        public synchronized void close(Status status, Metadata trailers) {
            closed = true;
            super.close(status, trailers);
        }
    }
}
