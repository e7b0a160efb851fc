package io.dengine.demo;

import io.dengine.spring.watch.WatchKeyEvent;
import org.jspecify.annotations.Nullable;

/**
 * One server-sent event.
 *
 * @param type the event's type: {@code put} or {@code delete}
 * @param revision the store revision of the change
 * @param data the flag after a put; the name and revision of a delete
 */
record FlagChange(String type, long revision, Object data) {

    /**
     * The data of a delete event.
     *
     * @param name the flag's name
     * @param revision the store revision of the delete
     */
    record Gone(String name, long revision) {}

    /** Returns what a page needs to hear of {@code event}, or null if it has heard already. */
    static @Nullable FlagChange of(WatchKeyEvent<StoredFlag> event) {
        String name = event.key().substring(FlagStore.PREFIX.length());
        StoredFlag value = event.value();
        if (value != null && !value.deleted()) {
            return new FlagChange("put", event.revision(), Flag.of(name, value, event.revision()));
        }
        StoredFlag previous = event.previous();
        if (value == null && previous != null && previous.deleted()) {
            return null;
        }
        return new FlagChange("delete", event.revision(), new Gone(name, event.revision()));
    }
}
