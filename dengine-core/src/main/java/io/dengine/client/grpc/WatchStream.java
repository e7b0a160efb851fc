package io.dengine.client.grpc;

import io.dengine.api.RefusedException;
import io.dengine.proto.v1.CancelWatch;
import io.dengine.proto.v1.CreateWatch;
import io.dengine.proto.v1.WatchCancelled;
import io.dengine.proto.v1.WatchGrpc;
import io.dengine.proto.v1.WatchRequest;
import io.dengine.proto.v1.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** All watches of this client at one node, over one stream. Belongs to the loop. */
final class WatchStream extends ClientCall.Listener<WatchResponse> {

    /** The messages under way; each is handed on at once, to a listener's own bounded queue. */
    private static final int MESSAGES_ASKED = 64;

    private final Connection connection;
    private final ClientCore core;
    private final Map<Long, RemoteWatch> running = new LinkedHashMap<>();
    /** What is to be said: at most a beginning and an end for each watch. */
    private final Queue<WatchRequest> unsaid = new ArrayDeque<>();

    private @Nullable ClientCall<WatchRequest, WatchResponse> call;
    private long lastId;

    WatchStream(Connection connection, ClientCore core) {
        this.connection = connection;
        this.core = core;
    }

    /** Begins, once the connection is open. */
    void start(Channel channel) {
        ClientCall<WatchRequest, WatchResponse> begun =
                channel.newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
        call = begun;
        begun.start(this, new Metadata());
        begun.request(MESSAGES_ASKED);
        flush();
    }

    boolean isEmpty() {
        return running.isEmpty();
    }

    /** Begins a watch, under an id that was never used on this stream. */
    void create(RemoteWatch watch) {
        watch.stream = this;
        watch.id = ++lastId;
        running.put(watch.id, watch);
        io.dengine.api.WatchRequest wanted = watch.request();
        CreateWatch create = CreateWatch.newBuilder()
                .setWatchId(watch.id)
                .setKey(Requests.bytes(wanted.key()))
                .setPrefix(wanted.prefix())
                .setFromRevision(wanted.fromRevision())
                .setPreviousValue(wanted.previousValue())
                .build();
        unsaid.add(WatchRequest.newBuilder().setCreate(create).build());
        flush();
    }

    /** Ends a watch: what still comes of it is nobody's. */
    void cancel(RemoteWatch watch) {
        if (running.remove(watch.id, watch)) {
            watch.detach();
            CancelWatch cancel = CancelWatch.newBuilder().setWatchId(watch.id).build();
            unsaid.add(WatchRequest.newBuilder().setCancel(cancel).build());
            flush();
        }
    }

    private void flush() {
        ClientCall<WatchRequest, WatchResponse> open = call;
        while (open != null && !unsaid.isEmpty() && open.isReady()) {
            open.sendMessage(unsaid.remove());
        }
    }

    @Override
    public void onReady() {
        core.loop().onLoop(this::flush);
    }

    @Override
    public void onMessage(WatchResponse response) {
        core.loop().onLoop(() -> {
            connection.heard();
            take(response);
            ClientCall<WatchRequest, WatchResponse> open = call;
            if (open != null) {
                open.request(1);
            }
        });
    }

    private void take(WatchResponse response) {
        RemoteWatch watch = running.get(response.getWatchId());
        if (watch == null) {
            return;
        }
        switch (response.getResponseCase()) {
            case CREATED -> watch.created(response.getCreated().getStartRevision());
            case EVENTS -> watch.events(response.getEvents());
            case PROGRESS -> watch.progress(response.getProgress().getRevision());
            case CANCELLED -> cancelled(watch, response.getCancelled());
            case RESPONSE_NOT_SET -> {} // of a later version
        }
    }

    private void cancelled(RemoteWatch watch, WatchCancelled cancelled) {
        running.remove(watch.id);
        watch.detach();
        core.dispatcher().heed(cancelled.getFailure(), connection.node());
        watch.cancelled(cancelled.getFailure());
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        core.loop().onLoop(() -> connection.streamEnded("the stream of watches", status, trailers));
    }

    /** Lets every watch look for another node. */
    void ended(RefusedException why) {
        List<RemoteWatch> lost = List.copyOf(running.values());
        running.clear();
        unsaid.clear();
        call = null;
        for (RemoteWatch watch : lost) {
            watch.detach();
            core.watches().lost(watch, why);
        }
    }
}
