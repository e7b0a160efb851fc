package io.dengine.check;

import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What several nodes say is committed, laid over each other. Where all agree on every change up to a revision, they agree on
 * the state there.
 */
public final class NodeAgreement {

    private NodeAgreement() {}

    /**
     * Returns where the nodes differ, or where a revision is missing on all of them.
     *
     * @param changesOf by the name of a node the changes it has shown, in any order, with gaps where it showed none
     */
    public static List<Breach> check(Map<String, List<RevisionEvents>> changesOf) {
        Map<Long, String> shownBy = new TreeMap<>();
        TreeMap<Long, RevisionEvents> merged = new TreeMap<>();
        List<Breach> breaches = new ArrayList<>();
        new TreeMap<>(changesOf).forEach((node, changes) -> {
            for (RevisionEvents change : changes) {
                RevisionEvents other = merged.putIfAbsent(change.revision(), change);
                String by = shownBy.putIfAbsent(change.revision(), node);
                if (other != null && !other.equals(change)) {
                    breaches.add(new Breach(Rule.AGREEMENT, node + " has " + change + ", " + by + " has " + other));
                }
            }
        });
        long due = Replay.FIRST_REVISION + 1;
        for (long revision : merged.keySet()) {
            if (revision != due) {
                breaches.add(new Breach(Rule.SEQUENCE, "no node has revision " + due));
                break;
            }
            due++;
        }
        return breaches;
    }

    /** Returns the changes of all nodes together, each revision once, ascending. */
    public static List<RevisionEvents> merged(Map<String, List<RevisionEvents>> changesOf) {
        TreeMap<Long, RevisionEvents> merged = new TreeMap<>();
        changesOf.values().forEach(changes -> changes.forEach(change -> merged.put(change.revision(), change)));
        return List.copyOf(merged.values());
    }
}
