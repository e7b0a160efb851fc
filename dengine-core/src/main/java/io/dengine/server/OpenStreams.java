package io.dengine.server;

import io.dengine.api.RefusedException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The streams that are open, to be ended when the server stops. Thread-safe. */
final class OpenStreams {

    private final Set<Runnable> endings = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /** Takes note of a stream; {@code end} is called at most once, at once if the server stops already. */
    void opened(Runnable end) {
        endings.add(end);
        if (stopped && endings.remove(end)) {
            end.run();
        }
    }

    void closed(Runnable end) {
        endings.remove(end);
    }

    /** Returns what a stream that the server ends has to say. */
    static RefusedException closing() {
        return new RefusedException(RefusedException.Reason.CLOSED, "the node is shutting down: use another one");
    }

    /** Ends all streams, also those that are still to be opened. */
    void endAll() {
        stopped = true;
        for (Runnable end : List.copyOf(endings)) {
            if (endings.remove(end)) {
                end.run();
            }
        }
    }
}
