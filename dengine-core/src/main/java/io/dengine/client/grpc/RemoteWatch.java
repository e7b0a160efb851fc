package io.dengine.client.grpc;

import io.dengine.api.CompactedException;
import io.dengine.api.CoordinationException;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.WatchEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One watch, from node to node: it knows the first revision that its listener has not been given, and goes on there. What
 * the listener has not taken is bounded; beyond that the watch leaves its node and comes back when there is room.
 *
 * <p>{@link #startRevision} and {@link #close} may come from any thread; the rest belongs to the loop.
 */
final class RemoteWatch implements Watch, Deliveries.Owner {

    private final Watches watches;
    private final ClientLoop loop;
    private final WatchRequest request;
    private final Deliveries deliveries;

    /** Completes with the first revision to deliver, or why there is no watch. On the loop. */
    final CompletableFuture<Long> started = new CompletableFuture<>();

    private volatile long startRevision;

    /** Where it runs; null while it looks for a node, is full, or has ended. */
    @Nullable
    WatchStream stream;
    /** Its id on that stream. */
    long id;
    /** Tries in a row that came to nothing. */
    int failures;
    /** Why the last one did. */
    volatile @Nullable RefusedException refusal;

    /** The first revision that is not queued for the listener; 0 until a node has said where the watch begins. */
    private long next;
    /** What has come of revision {@code next}, where that takes several messages. */
    private List<WatchEvent> parts = new ArrayList<>();

    private boolean ended;

    RemoteWatch(Watches watches, ClientCore core, WatchRequest request, WatchListener listener) {
        this.watches = watches;
        this.loop = core.loop();
        this.request = request;
        this.next = request.fromRevision();
        this.deliveries = new Deliveries(
                listener, core.callbacks(), core.settings().watches().bufferedEvents(), this);
    }

    /** Returns what to ask a node for now. */
    WatchRequest request() {
        return request.withFromRevision(next);
    }

    boolean isEnded() {
        return ended;
    }

    @Override
    public long startRevision() {
        return startRevision;
    }

    void created(long start) {
        failures = 0;
        refusal = null;
        if (!started.isDone()) {
            next = start;
            startRevision = start;
            started.complete(start);
        }
    }

    /** Takes the changes of one revision, or some of them; those before {@code next} have been taken elsewhere. */
    void events(WatchEvents message) {
        long revision = message.getRevision();
        if (revision < next) {
            return;
        }
        for (Event event : message.getEventsList()) {
            parts.add(Results.event(event));
        }
        if (message.getMore()) {
            return;
        }
        List<WatchEvent> events = List.copyOf(parts);
        parts = new ArrayList<>();
        if (deliveries.offer(revision, events)) {
            next = revision + 1;
        } else {
            watches.leave(this);
        }
    }

    void progress(long revision) {
        if (revision >= next) {
            next = revision + 1;
            deliveries.offerProgress(revision);
        }
    }

    /** The node has ended this watch. */
    void cancelled(Failure failure) {
        CoordinationException cause = Failures.of(failure, false);
        if (cause instanceof RefusedException refused && refused.reason() == RefusedException.Reason.COMPACTED) {
            end(new CompactedException(next, failure.getOldestRevision()));
        } else if (cause instanceof RefusedException refused && Dispatcher.mayRetry(refused.reason())) {
            watches.lost(this, refused);
        } else {
            end(cause);
        }
    }

    /** Forgets what came of a revision that was not complete: all of it comes again. */
    void detach() {
        stream = null;
        parts = new ArrayList<>();
    }

    /** Ends this watch with word to whoever waits for it to begin, or else to its listener. */
    void end(CoordinationException cause) {
        if (ended) {
            return;
        }
        ended = true;
        watches.remove(this);
        if (started.isDone()) {
            deliveries.end(cause);
        } else {
            started.completeExceptionally(cause);
        }
    }

    @Override
    public void roomAgain() {
        loop.execute(() -> watches.place(this));
    }

    @Override
    public void listenerFailed() {
        leaveFromAnywhere();
    }

    @Override
    public void close() {
        deliveries.close();
        leaveFromAnywhere();
    }

    private void leaveFromAnywhere() {
        loop.execute(() -> {
            if (!ended) {
                ended = true;
                watches.leave(this);
                watches.remove(this);
            }
        });
    }
}
