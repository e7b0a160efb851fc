package io.dengine.check;

import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Holds what a watch was told against what is committed: etcd's nine promises, and COMPACTED only where it is true. */
public final class WatchCheck {

    private final WatchSession session;
    private final List<RevisionEvents> committed;
    private final long lastRevision;
    private final List<Breach> breaches = new ArrayList<>();

    /** All up to here has been delivered, or is known to be nothing. */
    private long knownRevision;
    /** The newest delivered revision; 0 before the first. */
    private long deliveredRevision;

    private List<WatchEvent> delivered = List.of();
    private long progress;

    private WatchCheck(WatchSession session, List<RevisionEvents> committed) {
        this.session = session;
        this.committed = committed;
        this.lastRevision = Replay.FIRST_REVISION + committed.size();
        this.knownRevision = session.startRevision() - 1;
    }

    /**
     * Returns what is wrong with {@code session}, the worst first where one delivery is wrong in several ways.
     *
     * @param committed every change from revision 2 on
     */
    public static List<Breach> check(WatchSession session, List<RevisionEvents> committed) {
        WatchCheck check = new WatchCheck(session, committed);
        check.run();
        return List.copyOf(check.breaches);
    }

    private void run() {
        long from = session.request().fromRevision();
        if (from > 0 && session.startRevision() != from) {
            breach(Rule.WATCH_RESUMABLE, "begins at " + session.startRevision() + ", was to begin at " + from);
        }
        boolean ended = false;
        for (WatchDelivery delivery : session.deliveries()) {
            if (ended) {
                breach(Rule.WATCH_COMPACTED, "goes on with " + delivery + " after COMPACTED");
            } else if (delivery instanceof WatchDelivery.Events events) {
                onEvents(events.revision(), events.events());
            } else if (delivery instanceof WatchDelivery.Progress told) {
                onProgress(told.revision());
            } else if (delivery instanceof WatchDelivery.Compacted compacted) {
                ended = true;
                if (compacted.oldestRevision() <= knownRevision + 1) {
                    breach(Rule.WATCH_COMPACTED, "is told " + compacted + ", which still has all that is due");
                }
            }
        }
        if (!ended) {
            requireNothingUntil(session.completeTo(), Rule.WATCH_RELIABLE);
        }
    }

    private void onProgress(long revision) {
        if (revision > lastRevision) {
            breach(Rule.WATCH_UNCOMMITTED, "is told of progress to " + revision);
        }
        requireNothingUntil(revision, Rule.WATCH_BOOKMARKABLE);
        progress = Math.max(progress, revision);
        knownRevision = Math.max(knownRevision, revision);
    }

    private void onEvents(long revision, List<WatchEvent> events) {
        if (revision > lastRevision) {
            breach(Rule.WATCH_UNCOMMITTED, "gets revision " + revision);
            return;
        }
        for (WatchEvent event : events) {
            if (!session.request().matches(event.key())) {
                breach(Rule.WATCH_FILTER, "gets " + event);
            }
            if (event.revision() != revision) {
                breach(Rule.WATCH_ATOMIC, "gets " + event + " with revision " + revision);
            }
        }
        if (revision <= knownRevision) {
            onPast(revision, events);
            return;
        }
        requireNothingUntil(
                revision - 1, deliveredRevision == 0 && progress == 0 ? Rule.WATCH_RESUMABLE : Rule.WATCH_RELIABLE);
        compare(revision, events);
        deliveredRevision = revision;
        delivered = events;
        knownRevision = revision;
    }

    /** A revision comes that was behind the watch already. */
    private void onPast(long revision, List<WatchEvent> events) {
        String text = "gets revision " + revision + " when all up to " + knownRevision + " had come";
        if (revision < session.startRevision()) {
            breach(Rule.WATCH_RESUMABLE, text);
        } else if (revision <= progress) {
            breach(Rule.WATCH_BOOKMARKABLE, text);
        } else if (revision < deliveredRevision) {
            breach(Rule.WATCH_ORDERED, text);
        } else if (events.stream().noneMatch(delivered::contains)) {
            breach(Rule.WATCH_ATOMIC, text);
        } else {
            breach(Rule.WATCH_UNIQUE, text);
        }
    }

    private void requireNothingUntil(long revision, Rule rule) {
        for (long missed = Math.max(knownRevision, Replay.FIRST_REVISION) + 1;
                missed <= Math.min(revision, lastRevision);
                missed++) {
            if (!matching(missed).isEmpty()) {
                breach(rule, "misses revision " + missed);
                return;
            }
        }
    }

    private List<WatchEvent> matching(long revision) {
        if (revision <= Replay.FIRST_REVISION) {
            return List.of();
        }
        List<WatchEvent> matching = new ArrayList<>();
        for (WatchEvent event :
                committed.get((int) (revision - Replay.FIRST_REVISION - 1)).events()) {
            if (session.request().matches(event.key())) {
                matching.add(event);
            }
        }
        return matching;
    }

    private void compare(long revision, List<WatchEvent> events) {
        List<WatchEvent> expected = matching(revision);
        if (events.size() < expected.size()) {
            breach(Rule.WATCH_ATOMIC, "gets " + events + " of revision " + revision + ", not " + expected);
            return;
        }
        for (int i = 0; i < events.size(); i++) {
            if (i >= expected.size() || !sameContent(events.get(i), expected.get(i))) {
                breach(Rule.WATCH_CONTENT, "gets " + events + " of revision " + revision + ", not " + expected);
                return;
            }
            WatchEvent event = events.get(i);
            WatchEvent right = expected.get(i);
            if (event.entry().createRevision() != right.entry().createRevision()
                    || event.entry().version() != right.entry().version()) {
                breach(Rule.WATCH_CREATED, "gets " + event + ", not " + right);
            }
            boolean previous = session.request().previousValue()
                    ? Objects.equals(event.previous(), right.previous())
                    : event.previous() == null;
            if (!previous) {
                breach(Rule.WATCH_PREVIOUS, "gets " + event + ", not " + right);
            }
        }
    }

    private static boolean sameContent(WatchEvent event, WatchEvent other) {
        return event.type() == other.type()
                && event.key().equals(other.key())
                && event.entry().value().equals(other.entry().value());
    }

    private void breach(Rule rule, String text) {
        breaches.add(new Breach(rule, "the watch of " + session.request() + " " + text));
    }
}
