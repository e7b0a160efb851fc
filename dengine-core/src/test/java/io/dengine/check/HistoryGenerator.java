package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A right store and its clients under virtual time: each call takes effect in one instant between call and answer; some
 * answers get lost, some calls are refused, some lost calls take effect long after, and keys expire, several together.
 */
final class HistoryGenerator {

    private static final long MILLI = 1_000_000;

    /** An expiry comes at most so late. */
    static final long LATEST_EXPIRY_NANOS = 20 * MILLI;

    private static final ReadConsistency[] CONSISTENCIES = ReadConsistency.values();

    private record Event(long nanos, long number, Runnable action) {}

    private final RandomGenerator random;
    private final PriorityQueue<Event> agenda =
            new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
    private final List<Call> calls = new ArrayList<>();
    private final List<RevisionEvents> committed = new ArrayList<>();
    private final TreeMap<ByteSequence, KeyValue> state = new TreeMap<>();
    /** The state at each revision, from 1 on. */
    private final List<TreeMap<ByteSequence, KeyValue>> past = new ArrayList<>(List.of(new TreeMap<>()));
    /** Keys whose TTL has passed, by the entry that carried it; they go with the next expiry. */
    private final Map<ByteSequence, KeyValue> due = new TreeMap<>();

    private final Map<ByteSequence, KeyValue> seen = new TreeMap<>();
    private final int keys;
    private final double lost;
    private final double mortal;
    private final long thinkNanos;
    private long nowNanos = 1;
    private long events;
    private int names;

    private HistoryGenerator(long seed) {
        random = new SplittableRandom(seed);
        keys = 1 + random.nextInt(5);
        lost = random.nextInt(3) * 0.04;
        mortal = random.nextInt(3) * 0.4;
        thinkNanos = (random.nextBoolean() ? 2 : 10) * MILLI;
    }

    /** Returns what {@code clients} clients saw in {@code callsEach} calls each. */
    static History of(long seed, int clients, int callsEach) {
        HistoryGenerator generator = new HistoryGenerator(seed);
        for (int client = 0; client < clients; client++) {
            generator.callNext(client, callsEach);
        }
        generator.run();
        return new History(generator.calls, generator.committed);
    }

    private void run() {
        for (Event next = agenda.poll(); next != null; next = agenda.poll()) {
            nowNanos = next.nanos();
            next.action().run();
        }
    }

    private void after(long nanos, Runnable action) {
        agenda.add(new Event(nowNanos + 1 + nanos, events++, action));
    }

    private void callNext(int client, int left) {
        if (left > 0) {
            after(random.nextLong(thinkNanos), () -> call(client, left));
        }
    }

    private void call(int client, int left) {
        Request request = request();
        long calledNanos = nowNanos;
        double fate = random.nextDouble();
        if (fate < 0.03) {
            after(random.nextLong(MILLI), () -> end(client, left, calledNanos, nowNanos, request, Outcome.REFUSED));
        } else if (fate < 0.03 + lost) {
            if (random.nextBoolean()) {
                after(random.nextLong(30 * MILLI), () -> execute(request));
            }
            after(
                    random.nextLong(3 * MILLI),
                    () -> end(client, left, calledNanos, Call.NEVER, request, Outcome.UNKNOWN));
        } else {
            after(random.nextLong(MILLI), () -> {
                Outcome outcome = execute(request);
                after(random.nextLong(MILLI), () -> end(client, left, calledNanos, nowNanos, request, outcome));
            });
        }
    }

    private void end(int client, int left, long calledNanos, long returnedNanos, Request request, Outcome outcome) {
        calls.add(new Call(client, calledNanos, returnedNanos, request, outcome));
        if (outcome instanceof Outcome.Observed observed) {
            observed.entries().forEach(entry -> seen.put(entry.key(), entry));
        }
        callNext(client, left - 1);
    }

    private ByteSequence key() {
        int number = random.nextInt(keys);
        return ByteSequence.of((number % 2 == 0 ? "a/" : "b/") + number);
    }

    private Request request() {
        ByteSequence key = key();
        ByteSequence value = ByteSequence.of("v" + names++);
        long ttlMillis = random.nextDouble() < mortal ? 1 + random.nextInt(15) : 0;
        ReadConsistency consistency = CONSISTENCIES[random.nextInt(CONSISTENCIES.length)];
        return switch (random.nextInt(10)) {
            case 0 -> new Request.Delete(key);
            case 1, 2 -> new Request.Put(key, value, ttlMillis);
            case 3, 4 -> new Request.CompareAndSet(key, expectation(key), value, ttlMillis);
            case 5 -> new Request.Get(List.of(key, key(), key()), consistency);
            case 6 -> new Request.Scan(page(), consistency);
            default -> new Request.Get(List.of(key), consistency);
        };
    }

    private ScanRequest page() {
        ScanRequest page = ScanRequest.prefix(ByteSequence.of(random.nextBoolean() ? "a/" : ""))
                .withLimit(1 + random.nextInt(4));
        return random.nextInt(3) == 0 ? page.withAfter(key()) : page;
    }

    private Expectation expectation(ByteSequence key) {
        KeyValue known = seen.get(key);
        if (known == null || random.nextInt(4) == 0) {
            return Expectation.absent();
        }
        return random.nextBoolean() ? Expectation.value(known.value()) : Expectation.modRevision(known.modRevision());
    }

    // ---- the store ----

    private Outcome execute(Request request) {
        if (request instanceof Request.Read read) {
            boolean local = read.consistency() == ReadConsistency.LOCAL;
            return read(request, local ? past.size() - random.nextInt(Math.min(5, past.size())) : past.size());
        }
        ByteSequence key = ((Request.Write) request).key();
        KeyValue present = state.get(key);
        if (request instanceof Request.Delete) {
            return present == null ? observed(present) : commit(List.of(deleted(key)));
        }
        if (request instanceof Request.CompareAndSet cas && !holds(cas.expected(), present)) {
            return observed(present);
        }
        Request.Setting set = (Request.Setting) request;
        long revision = past.size() + 1L;
        KeyValue entry = new KeyValue(
                key,
                set.value(),
                present == null ? revision : present.createRevision(),
                revision,
                present == null ? 1 : present.version() + 1);
        state.put(key, entry);
        if (set.ttlMillis() > 0) {
            after(set.ttlMillis() * MILLI, () -> {
                if (entry.equals(state.get(key))) {
                    due.put(key, entry);
                }
                after(LATEST_EXPIRY_NANOS / 4 + random.nextLong(LATEST_EXPIRY_NANOS / 4), this::expire);
            });
        }
        return commit(List.of(new WatchEvent(WatchEvent.Type.PUT, entry, present)));
    }

    private static boolean holds(Expectation expected, @Nullable KeyValue present) {
        if (expected instanceof Expectation.Absent || present == null) {
            return expected instanceof Expectation.Absent && present == null;
        }
        return expected.equals(Expectation.value(present.value()))
                || expected.equals(Expectation.modRevision(present.modRevision()));
    }

    private void expire() {
        List<WatchEvent> gone = new ArrayList<>();
        due.forEach((key, entry) -> {
            if (entry.equals(state.get(key))) {
                gone.add(deleted(key));
            }
        });
        due.clear();
        if (!gone.isEmpty()) {
            commit(gone);
        }
    }

    private WatchEvent deleted(ByteSequence key) {
        return new WatchEvent(
                WatchEvent.Type.DELETE,
                new KeyValue(key, ByteSequence.EMPTY, 0, past.size() + 1L, 0),
                state.remove(key));
    }

    private Outcome.Written commit(List<WatchEvent> changes) {
        past.add(new TreeMap<>(state));
        committed.add(new RevisionEvents(past.size(), changes));
        return new Outcome.Written(past.size());
    }

    private Outcome.Observed observed(@Nullable KeyValue entry) {
        return new Outcome.Observed(past.size(), entry == null ? List.of() : List.of(entry), false);
    }

    private Outcome.Observed read(Request request, int revision) {
        TreeMap<ByteSequence, KeyValue> then = past.get(revision - 1);
        if (request instanceof Request.Get get) {
            List<KeyValue> found = get.keys().stream()
                    .distinct()
                    .filter(then::containsKey)
                    .map(then::get)
                    .toList();
            return new Outcome.Observed(revision, found, false);
        }
        ScanRequest page = ((Request.Scan) request).page();
        List<KeyValue> found = then.values().stream()
                .filter(entry -> entry.key().startsWith(page.prefix()))
                .filter(entry -> page.after() == null || entry.key().compareTo(page.after()) > 0)
                .toList();
        int size = Math.min(page.limit(), found.size());
        return new Outcome.Observed(revision, List.copyOf(found.subList(0, size)), size < found.size());
    }
}
