package io.dengine.spring.watch;

import io.dengine.api.WatchEvent;

/**
 * Gets what a {@link WatchKey} method throws, and values that cannot be converted to its parameter. Called on the
 * watch's own thread; the watch goes on with the next change when this returns. A handler that throws stops the watch:
 * started again, it begins with the same revision.
 */
@FunctionalInterface
public interface WatchErrorHandler {

    /** Handles one failed call. */
    void handle(Failure failure);

    /**
     * A failed call.
     *
     * @param watchId the watch's id in the {@link WatchEndpointRegistry}
     * @param type what happened to the key
     * @param key the key
     * @param revision the store revision of the change
     * @param cause what the method threw, or a {@link io.dengine.spring.core.ValueConversionException}
     */
    record Failure(String watchId, WatchEvent.Type type, String key, long revision, Exception cause) {}
}
