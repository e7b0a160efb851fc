package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.ScanRequest;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The store as the committed changes make it, one revision after the other; says where a change does not follow. */
final class Replay {

    /** The revision of the empty store. */
    static final long FIRST_REVISION = 1;

    private final TreeMap<ByteSequence, KeyValue> state = new TreeMap<>();
    private long revision = FIRST_REVISION;

    long revision() {
        return revision;
    }

    /** Goes on by one revision; returns what is wrong with it, or null. */
    @Nullable
    Breach apply(RevisionEvents change) {
        revision++;
        if (change.revision() != revision || change.events().isEmpty()) {
            return new Breach(Rule.SEQUENCE, change + " stands where revision " + revision + " is due");
        }
        Set<ByteSequence> changed = new HashSet<>();
        for (WatchEvent event : change.events()) {
            KeyValue before = state.get(event.key());
            boolean put = event.type() == WatchEvent.Type.PUT;
            KeyValue after = put ? after(before, event) : null;
            boolean right = changed.add(event.key())
                    && event.revision() == revision
                    && Objects.equals(event.previous(), before)
                    && (put ? event.entry().equals(after) : before != null);
            if (!right) {
                return new Breach(Rule.SEQUENCE, event + " at revision " + revision + " does not follow " + before);
            }
            if (after != null) {
                state.put(event.key(), after);
            } else {
                state.remove(event.key());
            }
        }
        return null;
    }

    private KeyValue after(@Nullable KeyValue before, WatchEvent event) {
        return new KeyValue(
                event.key(),
                event.entry().value(),
                before == null ? revision : before.createRevision(),
                revision,
                before == null ? 1 : before.version() + 1);
    }

    @Nullable
    KeyValue get(ByteSequence key) {
        return state.get(key);
    }

    /** Returns what {@code keys} hold, each once, in the order asked for. */
    List<KeyValue> get(List<ByteSequence> keys) {
        List<KeyValue> found = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            KeyValue entry = state.get(keys.get(i));
            if (entry != null && !keys.subList(0, i).contains(entry.key())) {
                found.add(entry);
            }
        }
        return found;
    }

    /** Returns one page, and whether it left keys out. */
    Outcome.Observed page(ScanRequest page) {
        List<KeyValue> found = new ArrayList<>();
        ByteSequence from = page.after() != null && page.after().compareTo(page.prefix()) >= 0
                ? page.after().next()
                : page.prefix();
        for (KeyValue entry : state.tailMap(from).values()) {
            if (!entry.key().startsWith(page.prefix())) {
                break;
            }
            if (found.size() == page.limit()) {
                return new Outcome.Observed(revision, found, true);
            }
            found.add(entry);
        }
        return new Outcome.Observed(revision, found, false);
    }
}
