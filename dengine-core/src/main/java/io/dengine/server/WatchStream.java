package io.dengine.server;

import io.dengine.api.CoordinationClient;
import io.dengine.api.CoordinationException;
import io.dengine.api.WatchEvent;
import io.dengine.proto.v1.CreateWatch;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.WatchCancelled;
import io.dengine.proto.v1.WatchCreated;
import io.dengine.proto.v1.WatchEvents;
import io.dengine.proto.v1.WatchProgress;
import io.dengine.proto.v1.WatchRequest;
import io.dengine.proto.v1.WatchResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Many watches over one stream. While the client does not take what waits for it, watches park. Thread-safe. */
final class WatchStream implements StreamObserver<WatchRequest> {

    /** Fits into the 4 MiB that gRPC clients accept by default, with an event of the default limits on top. */
    private static final int MAX_EVENTS_BYTES = 1 << 20;

    /**
     * What all streams share.
     *
     * @param maxUnsentBytes the bytes for one client from which on its watches park
     */
    record Environment(CoordinationClient client, StatusMapper statuses, OpenStreams streams, int maxUnsentBytes) {}

    private final Environment environment;
    private final ServerCallStreamObserver<WatchResponse> call;
    private final Outbox<WatchResponse, WatchResponse> responses;
    private final Queue<ServedWatch> parked = new ConcurrentLinkedQueue<>();
    private final Runnable ending = this::stop;

    // Guarded by this, which is not held while a watch is started or ended.
    private final Map<Long, ServedWatch> watches = new HashMap<>();
    /** Whether a request was asked for that has not come. */
    private boolean asked;
    /** Whether the client sends no more. */
    private boolean halfClosed;
    /** Whether nothing matters any more. */
    private boolean over;

    WatchStream(Environment environment, ServerCallStreamObserver<WatchResponse> call) {
        this.environment = environment;
        this.call = call;
        call.disableAutoRequest();
        call.setOnCancelHandler(this::abandon);
        call.setOnCloseHandler(this::abandon);
        this.responses = new Outbox<>(call, some -> some.get(0), 0, environment.maxUnsentBytes(), this::proceed);
        environment.streams().opened(ending);
        responses.turn();
    }

    @Override
    public void onNext(WatchRequest request) {
        switch (request.getRequestCase()) {
            case CREATE -> create(request.getCreate());
            case CANCEL -> {
                ServedWatch watch = watch(request.getCancel().getWatchId());
                if (watch != null) {
                    watch.cancel(null);
                }
            }
            case REQUEST_NOT_SET -> fail("a request that says nothing that this version knows");
        }
        synchronized (this) {
            asked = false;
        }
        responses.turn();
    }

    private synchronized @Nullable ServedWatch watch(long id) {
        return watches.get(id);
    }

    private void create(CreateWatch create) {
        long id = create.getWatchId();
        ToClient sink = new ToClient(id);
        ServedWatch watch;
        try {
            watch = new ServedWatch(environment.client(), request(create), sink);
        } catch (IllegalArgumentException e) {
            sink.cancelled(Messages.invalid(e), 0);
            return;
        }
        boolean taken;
        synchronized (this) {
            taken = watches.putIfAbsent(id, watch) != null;
        }
        if (taken) {
            fail("watch " + id + " is created a second time");
            return;
        }
        try {
            watch.start();
        } catch (CoordinationException e) {
            sink.cancelled(e, create.getFromRevision());
        }
    }

    private static io.dengine.api.WatchRequest request(CreateWatch create) {
        return new io.dengine.api.WatchRequest(
                Messages.bytes(create.getKey()),
                create.getPrefix(),
                create.getFromRevision(),
                create.getPreviousValue());
    }

    @Override
    public void onCompleted() {
        synchronized (this) {
            halfClosed = true;
        }
        responses.turn();
    }

    @Override
    public void onError(Throwable cause) {
        abandon();
    }

    private void abandon() {
        responses.abandon();
        environment.streams().closed(ending);
        takeAll().forEach(ServedWatch::abandon);
    }

    private void fail(String problem) {
        responses.fail(environment.statuses().exception(Messages.invalid(problem)));
        takeAll().forEach(ServedWatch::abandon);
    }

    private void stop() {
        for (ServedWatch watch : takeAll()) {
            watch.cancel(OpenStreams.closing());
        }
        responses.end(environment.statuses().exception(OpenStreams.closing()));
    }

    private synchronized List<ServedWatch> takeAll() {
        over = true;
        List<ServedWatch> all = new ArrayList<>(watches.values());
        watches.clear();
        return all;
    }

    /** Goes on where there is room. By one thread at a time. */
    private void proceed() {
        while (!responses.isFull()) {
            ServedWatch watch = parked.poll();
            if (watch == null) {
                break;
            }
            watch.resume();
        }
        boolean ask;
        boolean end;
        synchronized (this) {
            ask = !over && !asked && !halfClosed && !responses.isFull();
            asked |= ask;
            end = !over && halfClosed && watches.isEmpty();
        }
        if (ask) {
            call.request(1);
        }
        if (end) {
            responses.end(null);
        }
    }

    /** Words what one watch sees. */
    private final class ToClient implements ServedWatch.Sink {

        private final long id;

        ToClient(long id) {
            this.id = id;
        }

        private WatchResponse.Builder response() {
            return WatchResponse.newBuilder().setWatchId(id);
        }

        @Override
        public boolean isFull() {
            return responses.isFull();
        }

        @Override
        public void created(long startRevision) {
            responses.add(response()
                    .setCreated(WatchCreated.newBuilder().setStartRevision(startRevision))
                    .build());
        }

        @Override
        public void events(long revision, List<WatchEvent> events) {
            WatchEvents.Builder message = WatchEvents.newBuilder().setRevision(revision);
            long bytes = 0;
            for (WatchEvent event : events) {
                Event next = Messages.event(event);
                bytes += next.getSerializedSize();
                if (bytes > MAX_EVENTS_BYTES && message.getEventsCount() > 0) {
                    responses.add(response().setEvents(message.setMore(true)).build());
                    message = WatchEvents.newBuilder().setRevision(revision);
                    bytes = next.getSerializedSize();
                }
                message.addEvents(next);
            }
            responses.add(response().setEvents(message).build());
        }

        @Override
        public void progress(long revision) {
            responses.add(response()
                    .setProgress(WatchProgress.newBuilder().setRevision(revision))
                    .build());
        }

        @Override
        public void parked(ServedWatch watch) {
            parked.add(watch);
            responses.turn(); // there may be room by now
        }

        @Override
        public void cancelled(@Nullable Throwable cause, long nextRevision) {
            synchronized (WatchStream.this) {
                watches.remove(id);
            }
            WatchCancelled.Builder message = WatchCancelled.newBuilder().setNextRevision(nextRevision);
            if (cause != null) {
                message.setFailure(environment.statuses().failure(cause));
            }
            responses.add(response().setCancelled(message).build());
        }
    }
}
