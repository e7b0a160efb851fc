package io.dengine.watch;

import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a listener.
 *
 * @param revision the revision of the events, or the revision up to which everything has been delivered
 * @param events what the watch sees of that revision; empty for a progress mark
 */
record Delivery(long revision, List<WatchEvent> events) {

    static Delivery progress(long revision) {
        return new Delivery(revision, List.of());
    }

    /** Returns what {@code request} sees of {@code change}, or null if that is nothing. */
    static @Nullable Delivery of(RevisionEvents change, WatchRequest request) {
        List<WatchEvent> seen = new ArrayList<>(change.events().size());
        for (WatchEvent event : change.events()) {
            if (request.matches(event.key())) {
                seen.add(request.previousValue() ? event : event.withoutPrevious());
            }
        }
        return seen.isEmpty() ? null : new Delivery(change.revision(), List.copyOf(seen));
    }

    boolean isProgress() {
        return events.isEmpty();
    }

    /** Returns the bytes of keys and values that this holds on to. */
    long bytes() {
        long bytes = 0;
        for (WatchEvent event : events) {
            bytes += event.key().length() + event.entry().value().length();
            if (event.previous() != null) {
                bytes += event.previous().value().length();
            }
        }
        return bytes;
    }
}
