package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * One change of one key.
 *
 * @param type what happened
 * @param entry the key after the change; for DELETE only key and modRevision (the revision of the delete) are set
 * @param previous the key before the change; null if it did not exist, or if the watch did not ask for it
 */
public record WatchEvent(
        Type type, KeyValue entry, @Nullable KeyValue previous) {

    /** The kinds of change. */
    public enum Type {
        /** The key was created or its value was set. */
        PUT,
        /** The key was deleted, by a client or by its TTL. */
        DELETE
    }

    public ByteSequence key() {
        return entry.key();
    }

    /** Returns the store revision of the change. */
    public long revision() {
        return entry.modRevision();
    }

    public WatchEvent withoutPrevious() {
        return previous == null ? this : new WatchEvent(type, entry, null);
    }
}
