package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges locks and leaderships by revisions, not by time: a paused holder may believe for a while that it still holds, and
 * the fencing token is what keeps it from harm.
 */
public final class LockCheck {

    /** The end of a tenure that lasts. */
    public static final long HELD = Long.MAX_VALUE;

    /**
     * One holder's time.
     *
     * @param token its fencing token
     * @param grantedRevision the revision that gave it the lock
     * @param endedRevision the revision that took it, by release or expiry; {@link #HELD} if none has
     */
    public record Tenure(String lock, String holder, long token, long grantedRevision, long endedRevision) {}

    /** One use of what the lock protects, with the token it was tried with. */
    public record FencedUse(String resource, long token, boolean accepted) {}

    private LockCheck() {}

    /** Returns the tenures of one lock that overlap, and the tokens that do not grow. */
    public static List<Breach> tenures(List<Tenure> tenures) {
        List<Breach> breaches = new ArrayList<>();
        Map<String, Tenure> before = new HashMap<>();
        Map<String, Long> freeFrom = new HashMap<>();
        tenures.stream()
                .sorted(Comparator.comparingLong(Tenure::grantedRevision))
                .forEach(tenure -> {
                    Tenure last = before.put(tenure.lock(), tenure);
                    if (last == null) {
                        freeFrom.put(tenure.lock(), tenure.endedRevision());
                        return;
                    }
                    if (tenure.grantedRevision() < freeFrom.get(tenure.lock())
                            || tenure.grantedRevision() == last.grantedRevision()) {
                        breaches.add(new Breach(Rule.LOCK_DISJOINT, tenure + " overlaps " + last));
                    }
                    if (tenure.token() <= last.token()) {
                        breaches.add(new Breach(Rule.FENCING, tenure + " comes after " + last));
                    }
                    freeFrom.merge(tenure.lock(), tenure.endedRevision(), Math::max);
                });
        return breaches;
    }

    /** Returns the uses that a resource accepted after one with a higher token. */
    public static List<Breach> uses(List<FencedUse> inOrder) {
        List<Breach> breaches = new ArrayList<>();
        Map<String, Long> highest = new HashMap<>();
        for (FencedUse use : inOrder) {
            if (use.accepted()) {
                long before = highest.merge(use.resource(), use.token(), Math::max);
                if (before > use.token()) {
                    breaches.add(new Breach(Rule.FENCING, use + " was accepted after token " + before));
                }
            }
        }
        return breaches;
    }

    /**
     * Returns who held the lock that is the existence of {@code key}: its holder is the key's value, its token the revision
     * that created it.
     */
    public static List<Tenure> tenuresOf(ByteSequence key, List<RevisionEvents> committed) {
        List<Tenure> tenures = new ArrayList<>();
        Tenure current = null;
        for (RevisionEvents change : committed) {
            for (WatchEvent event : change.events()) {
                if (!event.key().equals(key)) {
                    continue;
                }
                String holder = event.entry().value().utf8();
                boolean goesOn = current != null && current.holder().equals(holder);
                if (current != null && !goesOn) {
                    tenures.add(new Tenure(
                            current.lock(),
                            current.holder(),
                            current.token(),
                            current.grantedRevision(),
                            change.revision()));
                    current = null;
                }
                if (event.type() == WatchEvent.Type.PUT && !goesOn) {
                    current = new Tenure(key.utf8(), holder, event.entry().createRevision(), change.revision(), HELD);
                }
            }
        }
        if (current != null) {
            tenures.add(current);
        }
        return tenures;
    }
}
