package io.dengine.api;

import java.util.List;

/**
 * Receives what a watch sees. Calls for one watch come one at a time, in revision order, on a callback thread that may
 * block without harm to the engine. An exception out of a call ends that watch: {@link #onClosed} gets it.
 */
@FunctionalInterface
public interface WatchListener {

    /**
     * All matching changes of one revision, never split over two calls, each revision once, ascending.
     *
     * @param revision the store revision of the changes
     * @param events the changes, in the order they were applied; unmodifiable, never empty
     */
    void onEvents(long revision, List<WatchEvent> events);

    /** Every matching change up to and including {@code revision} has been delivered. Sent now and then while idle. */
    default void onProgress(long revision) {}

    /**
     * The watch has ended and delivers nothing more; called exactly once unless the watch was closed by its owner.
     *
     * @param cause {@link CompactedException} where the history no longer reaches the next revision, {@link
     *     RefusedException} with reason CLOSED when the node, or the client of another process, closed, or what a listener call threw
     */
    default void onClosed(Throwable cause) {}
}
