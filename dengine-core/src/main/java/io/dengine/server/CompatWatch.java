package io.dengine.server;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.KeyValue;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchEvent;
import io.dengine.proto.compat.client.WatchEventType;
import io.dengine.proto.compat.client.WatchRequest;
import io.dengine.proto.compat.client.WatchResponse;
import io.dengine.proto.compat.error.ErrorCode;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A watch for a client of d-engine: one watch, one stream. While the client does not take what waits for it, it parks. Thread-safe. */
final class CompatWatch implements ServedWatch.Sink {

    private static final ByteSequence SLASH = ByteSequence.of("/");

    private final WatchStream.Environment environment;
    private final CompatFailures failures;
    private final Outbox<WatchResponse, WatchResponse> responses;
    private final AtomicReference<@Nullable ServedWatch> watch = new AtomicReference<>();
    private final AtomicReference<@Nullable ServedWatch> parked = new AtomicReference<>();
    private final Runnable ending = this::stop;

    CompatWatch(
            WatchStream.Environment environment,
            CompatFailures failures,
            ServerCallStreamObserver<WatchResponse> call) {
        this.environment = environment;
        this.failures = failures;
        call.setOnCancelHandler(this::abandon);
        call.setOnCloseHandler(this::abandon);
        this.responses = new Outbox<>(call, some -> some.get(0), 0, environment.maxUnsentBytes(), this::proceed);
    }

    /** Begins, or ends with the reason why not. */
    void start(WatchRequest request) {
        try {
            ServedWatch served = new ServedWatch(environment.client(), request(request), this);
            served.start();
            watch.set(served);
            environment.streams().opened(ending);
        } catch (IllegalArgumentException e) {
            responses.fail(failures.exception(Messages.invalid(e)));
        } catch (RefusedException e) {
            responses.fail(failures.exception(e));
        }
    }

    private static io.dengine.api.WatchRequest request(WatchRequest request) {
        ByteSequence key = Messages.bytes(request.getKey());
        if (request.getPrefix() && !(key.startsWith(SLASH) && key.byteAt(key.length() - 1) == SLASH.byteAt(0))) {
            throw new IllegalArgumentException("prefix must start with '/' and end with '/'");
        }
        return new io.dengine.api.WatchRequest(key, request.getPrefix(), 0, request.getPrevKv());
    }

    private void proceed() {
        ServedWatch waiting = parked.getAndSet(null);
        if (waiting != null) {
            waiting.resume();
        }
    }

    private void stop() {
        ServedWatch served = watch.get();
        if (served != null) {
            served.cancel(OpenStreams.closing());
        }
    }

    private void abandon() {
        responses.abandon();
        environment.streams().closed(ending);
        ServedWatch served = watch.get();
        if (served != null) {
            served.abandon();
        }
    }

    @Override
    public boolean isFull() {
        return responses.isFull();
    }

    @Override
    public void created(long startRevision) {
        // These clients take the stream itself for the answer.
    }

    @Override
    public void events(long revision, List<WatchEvent> events) {
        for (WatchEvent event : events) {
            KeyValue previous = event.previous();
            WatchResponse.Builder response = WatchResponse.newBuilder()
                    .setKey(Messages.bytes(event.key()))
                    .setValue(Messages.bytes(event.entry().value()))
                    .setEventType(type(event.type()))
                    .setRevision(revision);
            if (previous != null) {
                response.setPrevValue(Messages.bytes(previous.value()));
            }
            responses.add(response.build());
        }
    }

    private static WatchEventType type(WatchEvent.Type type) {
        return switch (type) {
            case PUT -> WatchEventType.WATCH_EVENT_TYPE_PUT;
            case DELETE -> WatchEventType.WATCH_EVENT_TYPE_DELETE;
        };
    }

    @Override
    public void progress(long revision) {
        responses.add(WatchResponse.newBuilder()
                .setEventType(WatchEventType.WATCH_EVENT_TYPE_PROGRESS)
                .setRevision(revision)
                .build());
    }

    @Override
    public void parked(ServedWatch served) {
        parked.set(served);
        responses.turn(); // there may be room by now
    }

    @Override
    public void cancelled(@Nullable Throwable cause, long nextRevision) {
        if (cause instanceof CompactedException) {
            responses.add(WatchResponse.newBuilder()
                    .setEventType(WatchEventType.WATCH_EVENT_TYPE_CANCELED)
                    .setError(ErrorCode.WATCH_BUFFER_OVERFLOW)
                    .setRevision(nextRevision)
                    .build());
        }
        responses.end(Status.UNAVAILABLE
                .withDescription("Watch stream closed: "
                        + (cause == null ? "it was cancelled" : cause.getMessage())
                        + ". Please reconnect and register the watch again.")
                .asRuntimeException());
    }
}
