package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Decides strict serializability without a search. Each answer names the revision it stands at, and the revisions are the
 * order: so it is enough that each answer is right at its revision, that the order agrees with real time, and that every
 * change has exactly one call behind it, or a TTL. O(n log n), for any concurrency.
 *
 * <p>Two things a revision does not say are inferred in favour of the engine. A delete leaves nothing that names its caller: one
 * that nobody was told of counts as an expiry where the TTL may have passed, else as one of the calls without an answer.
 * And what is called in the very instant of a return overlaps it.
 */
public final class RevisionOrderCheck {

    /** More say nothing new. */
    private static final int MOST_BREACHES = 1_000;

    private final History history;
    private final double fastestClock;
    private final long lastRevision;
    private final List<Breach> breaches = new ArrayList<>();

    /** Sets by their value, which is unique. */
    private final Map<ByteSequence, Call> setters = new HashMap<>();
    /** Sets whose change has been found. */
    private final Map<ByteSequence, Long> changeOf = new HashMap<>();
    /** For each key when the deletes without an answer were called that have not been needed yet. */
    private final Map<ByteSequence, PriorityQueue<Long>> lostDeletes = new HashMap<>();

    /** Who was told that a revision is its own. */
    private final @Nullable Call[] owners;
    /**
     * When somebody had first seen each revision, or a later one. What was called after that stands behind it: this is all of
     * real time.
     */
    private final long[] sightedNanos;

    private RevisionOrderCheck(History history, double fastestClock) {
        this.history = history;
        this.fastestClock = fastestClock;
        this.lastRevision = Replay.FIRST_REVISION + history.committed().size();
        this.owners = new Call[(int) lastRevision + 1];
        this.sightedNanos = new long[(int) lastRevision + 1];
    }

    /**
     * Returns what is wrong with {@code history}; nothing if it is strictly serializable.
     *
     * @param fastestClock how fast the fastest node's clock may run, 1 for right: a TTL can pass that much sooner
     * @throws IllegalArgumentException if two calls set the same value: then a change does not tell its caller
     */
    public static List<Breach> check(History history, double fastestClock) {
        RevisionOrderCheck check = new RevisionOrderCheck(history, fastestClock);
        check.run();
        return List.copyOf(check.breaches);
    }

    private void run() {
        List<Call> observations = new ArrayList<>();
        Arrays.fill(sightedNanos, Call.NEVER);
        for (Call call : history.calls()) {
            if (call.request() instanceof Request.Setting set && setters.put(set.value(), call) != null) {
                throw new IllegalArgumentException("set twice: " + set.value());
            }
            if (call.outcome() instanceof Outcome.Unknown && call.request() instanceof Request.Delete delete) {
                lostDeletes
                        .computeIfAbsent(delete.key(), key -> new PriorityQueue<>())
                        .add(call.calledNanos());
            }
            if (call.outcome() instanceof Outcome.Answer answer) {
                if (answer.revision() < Replay.FIRST_REVISION || answer.revision() > lastRevision) {
                    breach(Rule.STATE, call + " is answered at a revision that is not committed");
                    return;
                }
                int revision = (int) answer.revision();
                sightedNanos[revision] = Math.min(sightedNanos[revision], call.returnedNanos());
                if (answer instanceof Outcome.Written) {
                    own(call, revision);
                } else {
                    observations.add(call);
                }
            }
        }
        for (int revision = (int) lastRevision; revision > 0; revision--) {
            sightedNanos[revision - 1] = Math.min(sightedNanos[revision - 1], sightedNanos[revision]);
        }
        observations.sort(Comparator.comparingLong(RevisionOrderCheck::revisionOf));
        replay(observations);
    }

    private static long revisionOf(Call observation) {
        return ((Outcome.Observed) observation.outcome()).revision();
    }

    private void own(Call call, int revision) {
        Call other = owners[revision];
        if (other != null) {
            breach(Rule.OWN_REVISION, call + " and " + other + " have the same revision");
        }
        owners[revision] = call;
    }

    // ---- changes ----

    private void replay(List<Call> observations) {
        Replay replay = new Replay();
        int observed = 0;
        for (int revision = (int) Replay.FIRST_REVISION; revision <= lastRevision; revision++) {
            if (revision > Replay.FIRST_REVISION) {
                RevisionEvents change = history.committed().get(revision - (int) Replay.FIRST_REVISION - 1);
                explain(change, revision, replay);
                Breach broken = replay.apply(change);
                if (broken != null) {
                    breach(broken.rule(), broken.text());
                    return;
                }
            }
            while (observed < observations.size() && revisionOf(observations.get(observed)) == revision) {
                observe(observations.get(observed++), replay);
            }
        }
    }

    /** Finds who made a change; {@code before} is the state it was made on. */
    private void explain(RevisionEvents change, int revision, Replay before) {
        Call owner = owners[revision];
        if (owner != null && !isMadeBy(owner, change)) {
            breach(Rule.OWN_REVISION, owner + " did not make " + change);
        }
        for (WatchEvent event : change.events()) {
            if (event.type() == WatchEvent.Type.PUT) {
                explainPut(event, revision, change.events().size(), before);
            } else if (owner == null) {
                explainDelete(event, revision, change.events().size(), before);
            } else {
                requireCalledBeforeSighted(owner, revision);
            }
        }
    }

    /** A change stands behind all that had returned when its call was made; so nobody can have seen it before. */
    private void requireCalledBeforeSighted(Call call, int revision) {
        if (sightedNanos[revision] < call.calledNanos()) {
            breach(Rule.REAL_TIME, call + " was made when its revision " + revision + " or a later one had been seen");
        }
    }

    private static boolean isMadeBy(Call owner, RevisionEvents change) {
        if (change.events().size() != 1) {
            return false;
        }
        WatchEvent event = change.events().get(0);
        boolean put = event.type() == WatchEvent.Type.PUT;
        return owner.request() instanceof Request.Write write
                && write.key().equals(event.key())
                && (write instanceof Request.Setting set
                        ? put && set.value().equals(event.entry().value())
                        : !put);
    }

    private void explainPut(WatchEvent event, int revision, int events, Replay before) {
        Call setter = setters.get(event.entry().value());
        if (setter == null
                || events > 1
                || !((Request.Setting) setter.request()).key().equals(event.key())) {
            breach(Rule.PHANTOM, "nobody called for " + event);
            return;
        }
        Long earlier = changeOf.put(event.entry().value(), (long) revision);
        if (earlier != null) {
            breach(Rule.ONCE, setter + " changed revision " + earlier + " and revision " + revision);
        } else if (setter.outcome() instanceof Outcome.Written written && written.revision() != revision) {
            breach(Rule.OWN_REVISION, setter + " changed revision " + revision);
        } else if (setter.outcome() instanceof Outcome.Refused || setter.outcome() instanceof Outcome.Observed) {
            breach(Rule.REFUSED_APPLIED, setter + " changed revision " + revision);
        } else {
            requireCalledBeforeSighted(setter, revision);
        }
        if (setter.request() instanceof Request.CompareAndSet cas
                && !matches(cas.expected(), before.get(event.key()))) {
            breach(Rule.STATE, setter + " took effect at revision " + revision + " on " + before.get(event.key()));
        }
    }

    private static boolean matches(Expectation expected, @Nullable KeyValue present) {
        if (expected instanceof Expectation.Value value) {
            return present != null && present.value().equals(value.value());
        }
        if (expected instanceof Expectation.ModRevision modRevision) {
            return present != null && present.modRevision() == modRevision.revision();
        }
        return present == null;
    }

    /** A delete that nobody was told of. */
    private void explainDelete(WatchEvent event, int revision, int events, Replay before) {
        KeyValue gone = before.get(event.key());
        Call setter = gone == null ? null : setters.get(gone.value());
        boolean mortal = setter != null && setter.request() instanceof Request.Setting set && set.ttlMillis() > 0;
        if (mortal && sightedNanos[revision] >= Ttl.earliestExpiryNanos(setter, fastestClock)) {
            return;
        }
        PriorityQueue<Long> lost = lostDeletes.get(event.key());
        if (events == 1 && lost != null && !lost.isEmpty() && lost.peek() <= sightedNanos[revision]) {
            lost.remove();
        } else if (mortal) {
            breach(Rule.EXPIRY_EARLY, event + " was seen too soon after " + setter);
        } else {
            breach(Rule.PHANTOM, "nobody called for " + event);
        }
    }

    // ---- observations ----

    private void observe(Call call, Replay state) {
        boolean local = call.request() instanceof Request.Read read && read.consistency() == ReadConsistency.LOCAL;
        int next = (int) state.revision() + 1;
        if (!local && next <= lastRevision && sightedNanos[next] < call.calledNanos()) {
            breach(Rule.REAL_TIME, call + " was made when revision " + next + " or a later one had been seen");
        }
        Outcome.Observed answer = (Outcome.Observed) call.outcome();
        boolean right;
        if (call.request() instanceof Request.Get get) {
            right = answer.entries().equals(state.get(get.keys())) && !answer.more();
        } else if (call.request() instanceof Request.Scan scan) {
            right = answer.equals(state.page(scan.page()));
        } else {
            KeyValue present = state.get(((Request.Write) call.request()).key());
            boolean nothingToDo = call.request() instanceof Request.CompareAndSet cas
                    ? !matches(cas.expected(), present)
                    : call.request() instanceof Request.Delete && present == null;
            right = nothingToDo
                    && answer.entries().equals(present == null ? List.of() : List.of(present))
                    && !answer.more();
        }
        if (!right) {
            breach(Rule.STATE, call + " does not see the state of revision " + state.revision());
        }
    }

    private void breach(Rule rule, String text) {
        if (breaches.size() < MOST_BREACHES) {
            breaches.add(new Breach(rule, text));
        }
    }
}
