package io.dengine.lease;

import io.dengine.api.ByteSequence;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * The keys that have a deadline, in the order they expire: by deadline, then by key, so that every replica expires them
 * alike. Pure; not thread-safe.
 *
 * <p>A sorted set with exact removal, not a heap with lazy deletion: a key whose TTL is renewed every second would leave
 * one dead element a second in a heap, for as long as the TTL is, and its owner knows the old deadline anyway. One key
 * takes about 64 bytes beside its own.
 */
public final class LeaseDeadlines {

    private final TreeSet<Deadline> ascending = new TreeSet<>();

    /**
     * Adds a key that has no deadline here yet.
     *
     * @param deadlineMillis cluster time, above 0
     */
    public void add(ByteSequence key, long deadlineMillis) {
        if (deadlineMillis <= 0 || !ascending.add(new Deadline(deadlineMillis, key))) {
            throw new IllegalStateException("deadline " + deadlineMillis + " of " + key + " is not new");
        }
    }

    /**
     * Gives a key another deadline.
     *
     * @param beforeMillis the deadline it has; 0 if none
     * @param afterMillis the deadline it shall have; 0 for none
     */
    public void replace(ByteSequence key, long beforeMillis, long afterMillis) {
        if (beforeMillis == afterMillis) {
            return;
        }
        if (beforeMillis != 0 && !ascending.remove(new Deadline(beforeMillis, key))) {
            throw new IllegalStateException("deadline " + beforeMillis + " of " + key + " is not known");
        }
        if (afterMillis != 0) {
            add(key, afterMillis);
        }
    }

    /** Returns the earliest deadline, or {@link Long#MAX_VALUE} if there is none. */
    public long nextDeadlineMillis() {
        return ascending.isEmpty() ? Long.MAX_VALUE : ascending.first().millis;
    }

    /**
     * Returns the keys that are due, in order; they stay here until they are replaced.
     *
     * @param clusterTimeMillis a key is due if its deadline is below this. At the deadline itself it is not: a stamp is
     *     rounded down to its millisecond, so up to one millisecond of the TTL may still lie ahead
     * @param max the most keys to return
     */
    public List<ByteSequence> due(long clusterTimeMillis, int max) {
        if (nextDeadlineMillis() >= clusterTimeMillis) {
            return List.of();
        }
        List<ByteSequence> keys = new ArrayList<>();
        Iterator<Deadline> next = ascending.iterator();
        while (keys.size() < max && next.hasNext()) {
            Deadline deadline = next.next();
            if (deadline.millis >= clusterTimeMillis) {
                break;
            }
            keys.add(deadline.key);
        }
        return keys;
    }

    /** Returns the number of keys. */
    public int size() {
        return ascending.size();
    }

    private record Deadline(long millis, ByteSequence key) implements Comparable<Deadline> {
        @Override
        public int compareTo(Deadline other) {
            int byTime = Long.compare(millis, other.millis);
            return byTime != 0 ? byTime : key.compareTo(other.key);
        }
    }
}
