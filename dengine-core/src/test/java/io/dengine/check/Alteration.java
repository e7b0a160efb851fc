package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Finds calls in a history and makes copies of it that differ in one thing. */
final class Alteration {

    private Alteration() {}

    static boolean isAcknowledgedSetting(Call call) {
        return call.outcome() instanceof Outcome.Written && call.request() instanceof Request.Setting;
    }

    static boolean isFresh(Call call) {
        return !(call.request() instanceof Request.Read read && read.consistency() == ReadConsistency.LOCAL);
    }

    /** Returns the index of one of the calls that {@code condition} holds for, -1 if there is none. */
    static int any(History history, RandomGenerator random, Predicate<Call> condition) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < history.calls().size(); i++) {
            if (condition.test(history.calls().get(i))) {
                found.add(i);
            }
        }
        return found.isEmpty() ? -1 : found.get(random.nextInt(found.size()));
    }

    static long floor(History history, Call call) {
        long floor = Replay.FIRST_REVISION;
        for (Call other : history.calls()) {
            Outcome.Answer answer = other.answer();
            if (answer != null && other.returnedNanos() < call.calledNanos()) {
                floor = Math.max(floor, answer.revision());
            }
        }
        return floor;
    }

    static Replay replayed(History history, long revision) {
        Replay replay = new Replay();
        for (RevisionEvents change : history.committed()) {
            if (change.revision() <= revision) {
                replay.apply(change);
            }
        }
        return replay;
    }

    static List<WatchEvent> puts(History history) {
        List<WatchEvent> puts = new ArrayList<>();
        for (RevisionEvents change : history.committed()) {
            if (change.events().get(0).type() == WatchEvent.Type.PUT) {
                puts.add(change.events().get(0));
            }
        }
        return puts;
    }

    static Call asking(Call call, Request request) {
        return new Call(call.client(), call.calledNanos(), call.returnedNanos(), request, call.outcome());
    }

    static History with(History history, int index, Call call) {
        List<Call> calls = new ArrayList<>(history.calls());
        calls.set(index, call);
        return new History(calls, history.committed());
    }

    static History with(History history, RevisionEvents change) {
        List<RevisionEvents> committed = new ArrayList<>(history.committed());
        committed.add(change);
        return new History(history.calls(), committed);
    }

    /** Adds a well-formed put at the end. */
    static History withPut(History history, ByteSequence key, ByteSequence value) {
        Replay end =
                replayed(history, Replay.FIRST_REVISION + history.committed().size());
        KeyValue present = end.get(key);
        long revision = end.revision() + 1;
        KeyValue entry = present == null
                ? new KeyValue(key, value, revision, revision, 1)
                : new KeyValue(key, value, present.createRevision(), revision, present.version() + 1);
        return with(
                history, new RevisionEvents(revision, List.of(new WatchEvent(WatchEvent.Type.PUT, entry, present))));
    }

    /** Exchanges an entry of an observation; with null it is left out. */
    static @Nullable History withEntry(
            History history, RandomGenerator random, Function<KeyValue, @Nullable KeyValue> exchanged) {
        int read = any(
                history,
                random,
                call -> call.outcome() instanceof Outcome.Observed observed
                        && !observed.entries().isEmpty());
        if (read < 0) {
            return null;
        }
        Outcome.Observed observed = (Outcome.Observed) history.calls().get(read).outcome();
        List<KeyValue> entries = new ArrayList<>(observed.entries());
        int index = random.nextInt(entries.size());
        KeyValue other = exchanged.apply(entries.remove(index));
        if (other != null) {
            entries.add(index, other);
        }
        Outcome wrong = new Outcome.Observed(observed.revision(), entries, observed.more());
        return with(history, read, history.calls().get(read).with(wrong));
    }
}
