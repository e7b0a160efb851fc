package io.dengine.spring.watch;

import io.dengine.api.WatchEvent;
import org.jspecify.annotations.Nullable;

/**
 * One change of one key, as a {@link WatchKey} method gets it.
 *
 * @param type what happened
 * @param origin how the container came to know
 * @param key the key
 * @param value the value after the change; null for DELETE
 * @param previous the value before the change; null if the key did not exist, and always if the origin is not CHANGE
 * @param revision the store revision of the change; of a DELETE with origin RESYNC the revision at which the key was
 *     found missing
 * @param <T> the values' type
 */
public record WatchKeyEvent<T>(
        WatchEvent.Type type,
        Origin origin,
        String key,
        @Nullable T value,
        @Nullable T previous,
        long revision) {

    /** How the container came to know of a change. */
    public enum Origin {
        /** The key existed when the watch first started. */
        INITIAL,
        /** The change was seen as it happened, or later from the history. */
        CHANGE,
        /** The history no longer reached the change: the keys were read again, and this one was different. */
        RESYNC
    }
}
