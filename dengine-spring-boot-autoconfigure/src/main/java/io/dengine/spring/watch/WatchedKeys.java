package io.dengine.spring.watch;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.spring.watch.WatchKeyEvent.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The keys a watch has told its method of, with the revision of each: what a later reading of the store is compared
 * with, so that a gap in the history hides no delete. Holds no values. Not thread-safe.
 */
final class WatchedKeys {

    private final Map<ByteSequence, Long> revisions = new TreeMap<>();

    /** Takes note of an event that was delivered, or of a key that exists and is not delivered. */
    void note(WatchEvent event) {
        if (event.type() == WatchEvent.Type.DELETE) {
            revisions.remove(event.key());
        } else {
            revisions.put(event.key(), event.revision());
        }
    }

    /** Returns whether {@code event} is later than what is known of its key. */
    boolean isNews(WatchEvent event) {
        return event.revision() > revisions.getOrDefault(event.key(), 0L);
    }

    /** Forgets which revision each key was seen at, but not the keys: the store is not the one they were seen in. */
    void forgetRevisions() {
        revisions.replaceAll((key, revision) -> 0L);
    }

    /**
     * Returns what must be delivered to get from the known keys to {@code present}: puts by their revision, then the
     * deletes, at the revision of the reading.
     */
    List<WatchDelivery> differences(Origin origin, long revision, List<KeyValue> present) {
        List<WatchDelivery> differences = new ArrayList<>();
        Set<ByteSequence> missing = new HashSet<>(revisions.keySet());
        for (KeyValue entry : present) {
            missing.remove(entry.key());
            Long known = revisions.get(entry.key());
            if (known == null || known != entry.modRevision()) {
                differences.add(new WatchDelivery(origin, new WatchEvent(WatchEvent.Type.PUT, entry, null)));
            }
        }
        differences.sort(Comparator.comparingLong(
                        (WatchDelivery delivery) -> delivery.event().revision())
                .thenComparing(delivery -> delivery.event().key()));
        missing.stream().sorted().forEach(key -> {
            KeyValue deleted = new KeyValue(key, ByteSequence.EMPTY, 0, revision, 0);
            differences.add(new WatchDelivery(origin, new WatchEvent(WatchEvent.Type.DELETE, deleted, null)));
        });
        return differences;
    }
}
