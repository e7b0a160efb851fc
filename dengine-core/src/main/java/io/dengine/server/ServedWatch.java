package io.dengine.server;

import io.dengine.api.CoordinationClient;
import io.dengine.api.CoordinationException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One watch of a client. It holds nothing back: while the client has not taken what waits for it, the watch is parked, which is
 * to say closed, and it goes on from the history when there is room again. Thread-safe.
 */
final class ServedWatch implements WatchListener {

    /** Where what the watch sees goes. Calls come one at a time, in order, from any thread. */
    interface Sink {

        /** Returns whether no more may be given before there is room. */
        boolean isFull();

        void created(long startRevision);

        void events(long revision, List<WatchEvent> events);

        void progress(long revision);

        /** The watch has been parked: it is to be {@linkplain ServedWatch#resume resumed} when there is room. */
        void parked(ServedWatch watch);

        /**
         * The last call.
         *
         * @param cause null if the client asked for it
         * @param nextRevision the first revision not given; 0 if the watch never ran and had no start revision
         */
        void cancelled(@Nullable Throwable cause, long nextRevision);
    }

    private final CoordinationClient client;
    private final WatchRequest request;
    private final Sink sink;

    // Guarded by this. It is never held while a watch is closed from outside of its listener: closing waits for calls
    // of
    // the listener, and those wait for it.
    private @Nullable Watch running;
    private long next;
    private boolean ended;

    ServedWatch(CoordinationClient client, WatchRequest request, Sink sink) {
        this.client = client;
        this.request = request;
        this.sink = sink;
        this.next = request.fromRevision();
    }

    /**
     * Begins to watch.
     *
     * @throws CoordinationException if the watch is refused; nothing is told to the sink
     */
    synchronized void start() {
        Watch watch = client.watch(request, this);
        running = watch;
        next = watch.startRevision();
        sink.created(next);
    }

    /** Goes on where it was parked. */
    synchronized void resume() {
        if (ended || running != null) {
            return;
        }
        try {
            running = client.watch(request.withFromRevision(next), this);
        } catch (CoordinationException e) {
            onClosed(e);
        }
    }

    /**
     * Ends the watch; does nothing if it has ended.
     *
     * @param cause null if the client asked for it
     */
    void cancel(@Nullable Throwable cause) {
        Watch watch;
        long from;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            watch = running;
            from = next;
        }
        if (watch != null) {
            watch.close();
        }
        sink.cancelled(cause, from);
    }

    /** Ends the watch without a word. */
    void abandon() {
        Watch watch;
        synchronized (this) {
            ended = true;
            watch = running;
        }
        if (watch != null) {
            watch.close();
        }
    }

    @Override
    public synchronized void onEvents(long revision, List<WatchEvent> events) {
        if (ended || running == null) {
            return;
        }
        if (sink.isFull()) {
            running.close();
            running = null;
            sink.parked(this);
            return;
        }
        next = revision + 1;
        sink.events(revision, events);
    }

    @Override
    public synchronized void onProgress(long revision) {
        if (!ended && running != null && !sink.isFull()) {
            next = revision + 1;
            sink.progress(revision);
        }
    }

    @Override
    public synchronized void onClosed(Throwable cause) {
        if (!ended) {
            ended = true;
            running = null;
            sink.cancelled(cause, next);
        }
    }
}
