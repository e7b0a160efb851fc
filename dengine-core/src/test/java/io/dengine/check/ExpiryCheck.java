package io.dengine.check;

import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds against the calls that keys with a time to live were gone when they had to be. That none went too soon is decided by
 * {@link RevisionOrderCheck}, which must explain every delete.
 */
public final class ExpiryCheck {

    private static final double NANOS_A_MILLI = 1e6;

    private ExpiryCheck() {}

    /**
     * Returns the keys that lived too long: the store was still at a revision that has them when somebody called after
     * TTL and grace had passed since the answer of the write.
     *
     * @param slowestClock how fast the slowest node's clock may run, 1 for right
     * @param graceNanos how late an expiry may be, an election included
     */
    public static List<Breach> check(History history, double slowestClock, long graceNanos) {
        Map<Long, Long> newestCall = newestCallAt(history);
        Map<KeyValue, RevisionEvents> endOf = new HashMap<>();
        for (RevisionEvents change : history.committed()) {
            for (WatchEvent event : change.events()) {
                KeyValue previous = event.previous();
                if (previous != null) {
                    endOf.put(previous, change);
                }
            }
        }
        Map<Long, Call> setters = new HashMap<>();
        for (Call call : history.calls()) {
            if (call.request() instanceof Request.Setting set
                    && set.ttlMillis() > 0
                    && call.outcome() instanceof Outcome.Written written) {
                setters.put(written.revision(), call);
            }
        }
        List<Breach> breaches = new ArrayList<>();
        long last = Replay.FIRST_REVISION + history.committed().size();
        for (RevisionEvents change : history.committed()) {
            Call setter = setters.get(change.revision());
            if (setter == null) {
                continue;
            }
            RevisionEvents end = endOf.get(change.events().get(0).entry());
            long ttlMillis = ((Request.Setting) setter.request()).ttlMillis();
            long latest = setter.returnedNanos() + (long) (ttlMillis * NANOS_A_MILLI / slowestClock) + graceNanos;
            for (long alive = change.revision(); alive < (end == null ? last + 1 : end.revision()); alive++) {
                if (newestCall.getOrDefault(alive, 0L) > latest) {
                    breaches.add(new Breach(
                            Rule.EXPIRY_LATE,
                            setter + " still held at revision " + alive + ", which a call saw that was made at "
                                    + newestCall.get(alive)));
                    break;
                }
            }
        }
        return breaches;
    }

    /** Returns for each revision when the last of the calls was made that saw it as the newest. */
    private static Map<Long, Long> newestCallAt(History history) {
        Map<Long, Long> newest = new HashMap<>();
        for (Call call : history.calls()) {
            boolean local = call.request() instanceof Request.Read read && read.consistency() == ReadConsistency.LOCAL;
            if (!local && call.outcome() instanceof Outcome.Observed observed) {
                newest.merge(observed.revision(), call.calledNanos(), Math::max);
            }
        }
        return newest;
    }
}
