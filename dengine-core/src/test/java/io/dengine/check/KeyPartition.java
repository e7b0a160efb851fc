package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Splits a history by keys and forgets its revisions. An expectation of a revision becomes one of the value that somebody saw
 * with it. What is committed serves only to leave out what never happened: of the calls without an answer those whose value
 * is nowhere, and of the expiries those that did not come.
 */
final class KeyPartition {

    private record Timed(long nanos, boolean isReturn, int number, Step step) {}

    private record KeyRevision(ByteSequence key, long revision) {}

    private final History history;
    private final double fastestClock;
    private final Map<ByteSequence, List<Timed>> moments = new TreeMap<>();
    private final Map<KeyRevision, ByteSequence> valueOf = new HashMap<>();
    private final Map<ByteSequence, Call> setters = new HashMap<>();
    private final Set<ByteSequence> committedValues = new HashSet<>();
    private final Set<Long> ownedRevisions = new HashSet<>();
    private final Set<ByteSequence> writtenKeys = new HashSet<>();
    private final Set<ByteSequence> hopeless = new HashSet<>();
    private int numbers;

    KeyPartition(History history, double fastestClock) {
        this.history = history;
        this.fastestClock = fastestClock;
    }

    /** Applies {@code judge} to each key; to nothing where a key's calls cannot be told without revisions. */
    <T> Map<ByteSequence, T> judge(Function<Optional<KeyHistory>, T> judge) {
        history.calls().forEach(this::learn);
        for (RevisionEvents change : history.committed()) {
            for (WatchEvent event : change.events()) {
                if (event.type() == WatchEvent.Type.PUT) {
                    committedValues.add(event.entry().value());
                }
            }
        }
        history.calls().forEach(this::add);
        history.committed().forEach(this::addExpiries);
        Map<ByteSequence, T> judged = new TreeMap<>();
        moments.forEach((key, timed) ->
                judged.put(key, judge.apply(hopeless.contains(key) ? Optional.empty() : Optional.of(built(timed)))));
        return judged;
    }

    private void learn(Call call) {
        if (call.request() instanceof Request.Write write) {
            writtenKeys.add(write.key());
        }
        if (call.request() instanceof Request.Setting set) {
            setters.put(set.value(), call);
        }
        if (call.outcome() instanceof Outcome.Written written) {
            ownedRevisions.add(written.revision());
            if (call.request() instanceof Request.Setting set) {
                valueOf.put(new KeyRevision(set.key(), written.revision()), set.value());
            }
        } else if (call.outcome() instanceof Outcome.Observed observed) {
            for (KeyValue entry : observed.entries()) {
                valueOf.put(new KeyRevision(entry.key(), entry.modRevision()), entry.value());
            }
        }
    }

    private void add(Call call) {
        if (call.outcome() instanceof Outcome.Observed observed) {
            addObserved(call, observed);
        } else if (call.request() instanceof Request.Write write && !(call.outcome() instanceof Outcome.Refused)) {
            boolean known = call.outcome() instanceof Outcome.Written;
            if (!known && call.request() instanceof Request.Setting set && !committedValues.contains(set.value())) {
                return;
            }
            Step step = step(write, known);
            if (step == null) {
                hopeless.add(write.key());
            } else {
                put(write.key(), call.calledNanos(), known ? call.returnedNanos() : Call.NEVER, step);
            }
        }
    }

    /** Returns what a write does; null where it expects a revision whose value nobody saw. */
    private @Nullable Step step(Request.Write write, boolean known) {
        if (write instanceof Request.Put put) {
            return Step.write(put.value());
        }
        if (write instanceof Request.CompareAndSet cas) {
            Object expected = valueExpected(cas);
            if (expected == null) {
                return known ? Step.impossible() : null;
            }
            return Step.compareAndSet(expected, cas.value());
        }
        return known ? Step.remove() : Step.write(Step.ABSENT);
    }

    private @Nullable Object valueExpected(Request.CompareAndSet cas) {
        if (cas.expected() instanceof Expectation.Value value) {
            return value.value();
        }
        if (cas.expected() instanceof Expectation.ModRevision modRevision) {
            return valueOf.get(new KeyRevision(cas.key(), modRevision.revision()));
        }
        return Step.ABSENT;
    }

    private void addObserved(Call call, Outcome.Observed observed) {
        if (call.request() instanceof Request.Read read && read.consistency() == ReadConsistency.LOCAL) {
            return;
        }
        Map<ByteSequence, KeyValue> found = new TreeMap<>();
        observed.entries().forEach(entry -> found.put(entry.key(), entry));
        if (call.request() instanceof Request.Get get) {
            for (ByteSequence key : new HashSet<>(get.keys())) {
                put(key, call, Step.read(valueIn(found, key)));
            }
        } else if (call.request() instanceof Request.Scan scan) {
            for (KeyValue entry : observed.entries()) {
                if (!entry.key().startsWith(scan.page().prefix())) {
                    put(entry.key(), call, Step.impossible());
                }
            }
            for (ByteSequence key : writtenKeys) {
                if (isInPage(key, scan, observed)) {
                    put(key, call, Step.read(valueIn(found, key)));
                }
            }
        } else if (call.request() instanceof Request.CompareAndSet cas) {
            Object current = valueIn(found, cas.key());
            put(cas.key(), call, current.equals(valueExpected(cas)) ? Step.impossible() : Step.read(current));
        } else if (call.request() instanceof Request.Delete delete) {
            put(delete.key(), call, Step.read(Step.ABSENT));
        }
    }

    private static boolean isInPage(ByteSequence key, Request.Scan scan, Outcome.Observed observed) {
        ByteSequence after = scan.page().after();
        if (!key.startsWith(scan.page().prefix()) || (after != null && key.compareTo(after) <= 0)) {
            return false;
        }
        List<KeyValue> entries = observed.entries();
        return !observed.more()
                || (!entries.isEmpty()
                        && key.compareTo(entries.get(entries.size() - 1).key()) <= 0);
    }

    private static Object valueIn(Map<ByteSequence, KeyValue> found, ByteSequence key) {
        KeyValue entry = found.get(key);
        return entry == null ? Step.ABSENT : entry.value();
    }

    /** An expiry is a delete that nobody called and that may come once the TTL has passed on the fastest clock. */
    private void addExpiries(RevisionEvents change) {
        for (WatchEvent event : change.events()) {
            KeyValue previous = event.previous();
            if (event.type() == WatchEvent.Type.DELETE
                    && previous != null
                    && !ownedRevisions.contains(change.revision())) {
                Call setter = setters.get(previous.value());
                if (setter != null && setter.request() instanceof Request.Setting set && set.ttlMillis() > 0) {
                    long earliest = Ttl.earliestExpiryNanos(setter, fastestClock);
                    put(event.key(), earliest, Call.NEVER, Step.compareAndSet(previous.value(), Step.ABSENT));
                }
            }
        }
    }

    private void put(ByteSequence key, Call call, Step step) {
        put(key, call.calledNanos(), call.returnedNanos(), step);
    }

    private void put(ByteSequence key, long calledNanos, long returnedNanos, Step step) {
        List<Timed> ofKey = moments.computeIfAbsent(key, newKey -> new ArrayList<>());
        int number = numbers++;
        ofKey.add(new Timed(calledNanos, false, number, step));
        ofKey.add(new Timed(returnedNanos, true, number, step));
    }

    /** At one instant calls come before returns: what touches may overlap. */
    private static KeyHistory built(List<Timed> timed) {
        timed.sort(Comparator.comparingLong(Timed::nanos).thenComparing(Timed::isReturn));
        KeyHistory.Builder builder = new KeyHistory.Builder(Step.ABSENT);
        Map<Integer, Integer> handles = new HashMap<>();
        for (Timed moment : timed) {
            if (!moment.isReturn()) {
                handles.put(moment.number(), builder.called());
            } else {
                int handle = handles.get(moment.number());
                if (moment.nanos() == Call.NEVER) {
                    builder.lost(handle, moment.step());
                } else {
                    builder.returned(handle, moment.step());
                }
            }
        }
        return builder.build();
    }
}
