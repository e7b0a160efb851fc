package io.dengine.watch;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A key-value store reduced to its changes: the truth that watches are held against. */
final class Store {

    private final Map<ByteSequence, KeyValue> state = new HashMap<>();
    private final List<RevisionEvents> log = new ArrayList<>();
    private List<WatchEvent> open = new ArrayList<>();

    /** The revision of the last commit. */
    long revision() {
        return log.size() + 1L;
    }

    Store put(String key, String value) {
        ByteSequence bytes = ByteSequence.of(key);
        KeyValue previous = state.get(bytes);
        long revision = revision() + 1;
        KeyValue entry = new KeyValue(
                bytes,
                ByteSequence.of(value),
                previous == null ? revision : previous.createRevision(),
                revision,
                previous == null ? 1 : previous.version() + 1);
        state.put(bytes, entry);
        open.add(new WatchEvent(WatchEvent.Type.PUT, entry, previous));
        return this;
    }

    Store delete(String key) {
        ByteSequence bytes = ByteSequence.of(key);
        KeyValue previous = state.remove(bytes);
        if (previous != null) {
            KeyValue entry = new KeyValue(bytes, ByteSequence.EMPTY, 0, revision() + 1, 0);
            open.add(new WatchEvent(WatchEvent.Type.DELETE, entry, previous));
        }
        return this;
    }

    /** Ends a revision, if anything changed. */
    void commit() {
        if (!open.isEmpty()) {
            log.add(new RevisionEvents(revision() + 1, List.copyOf(open)));
            open = new ArrayList<>();
        }
    }

    /** Commits {@code count} puts of {@code key} as revisions of their own; returns them. */
    List<RevisionEvents> puts(String key, int count) {
        long before = revision();
        for (int i = 0; i < count; i++) {
            put(key, "value-" + (revision() + 1)).commit();
        }
        return changes(before + 1, revision());
    }

    List<RevisionEvents> changes(long from, long to) {
        return List.copyOf(log.subList((int) (from - 2), (int) (to - 1)));
    }

    /** What a watch of {@code request} is due from {@code from} to {@code to}. */
    List<Delivery> seen(WatchRequest request, long from, long to) {
        List<Delivery> seen = new ArrayList<>();
        if (from > to) {
            return seen;
        }
        for (RevisionEvents change : changes(Math.max(2, from), to)) {
            List<WatchEvent> events = new ArrayList<>();
            for (WatchEvent event : change.events()) {
                boolean matches = request.prefix()
                        ? event.key().utf8().startsWith(request.key().utf8())
                        : event.key().utf8().equals(request.key().utf8());
                if (matches) {
                    events.add(new WatchEvent(
                            event.type(), event.entry(), request.previousValue() ? event.previous() : null));
                }
            }
            if (!events.isEmpty()) {
                seen.add(new Delivery(change.revision(), events));
            }
        }
        return seen;
    }
}
