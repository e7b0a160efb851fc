package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Ways to make a right history wrong. Each gives a history that breaks its rule for a reason it states, or none. */
enum Corruption {
    /** A read that is not LOCAL gets the true state of a revision older than one that had been answered before. */
    STALE_READ(Rule.REAL_TIME) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int read = Alteration.any(
                    history,
                    random,
                    call -> call.request() instanceof Request.Get
                            && Alteration.isFresh(call)
                            && call.outcome() instanceof Outcome.Observed
                            && Alteration.floor(history, call) > Replay.FIRST_REVISION);
            if (read < 0) {
                return null;
            }
            Call call = history.calls().get(read);
            long stale =
                    Replay.FIRST_REVISION + random.nextLong(Alteration.floor(history, call) - Replay.FIRST_REVISION);
            Replay then = Alteration.replayed(history, stale);
            List<KeyValue> entries = then.get(((Request.Get) call.request()).keys());
            return Alteration.with(history, read, call.with(new Outcome.Observed(stale, entries, false)));
        }
    },
    /** What an acknowledged write changed is, everywhere, what another call with another value changed. */
    LOST_WRITE(Rule.OWN_REVISION) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int write = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            if (write < 0) {
                return null;
            }
            Request.Setting set = (Request.Setting) history.calls().get(write).request();
            ByteSequence usurper = ByteSequence.of("usurper");
            History renamed = HistoryText.parse(
                    HistoryText.write(history).replaceAll("([ =])" + set.value() + "(?=[ @\n])", "$1" + usurper));
            List<Call> calls = new ArrayList<>(renamed.calls());
            calls.set(write, history.calls().get(write));
            Request request = renamed.calls().get(write).request();
            calls.add(new Call(99, 0, Call.NEVER, request, Outcome.UNKNOWN));
            return new History(calls, renamed.committed());
        }
    },
    /** The end of what is committed is gone, an acknowledged change with it. */
    LOST_TAIL(Rule.STATE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int write = Alteration.any(history, random, call -> call.outcome() instanceof Outcome.Written);
            if (write < 0) {
                return null;
            }
            long lost = ((Outcome.Written) history.calls().get(write).outcome()).revision();
            return new History(
                    history.calls(), history.committed().subList(0, (int) (lost - Replay.FIRST_REVISION - 1)));
        }
    },
    /** Two acknowledged writes, the first over before the second began, change places in time. */
    REORDERED_WRITES(Rule.REAL_TIME) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int first = Alteration.any(history, random, call -> call.outcome() instanceof Outcome.Written);
            if (first < 0) {
                return null;
            }
            Call early = history.calls().get(first);
            int second = Alteration.any(
                    history,
                    random,
                    call -> call.outcome() instanceof Outcome.Written && call.calledNanos() > early.returnedNanos());
            if (second < 0) {
                return null;
            }
            Call late = history.calls().get(second);
            History halfway = Alteration.with(
                    history,
                    first,
                    new Call(
                            early.client(),
                            late.calledNanos(),
                            late.returnedNanos(),
                            early.request(),
                            early.outcome()));
            return Alteration.with(
                    halfway,
                    second,
                    new Call(
                            late.client(), early.calledNanos(), early.returnedNanos(), late.request(), late.outcome()));
        }
    },
    /** Two acknowledged writes are told each other's revision. */
    SWAPPED_REVISIONS(Rule.OWN_REVISION) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int one = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            int other = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            if (one < 0 || one == other) {
                return null;
            }
            Call call = history.calls().get(one);
            Call otherCall = history.calls().get(other);
            return Alteration.with(
                    Alteration.with(history, one, call.with(otherCall.outcome())),
                    other,
                    otherCall.with(call.outcome()));
        }
    },
    /** Two writes are told the same revision. */
    SHARED_REVISION(Rule.OWN_REVISION) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int one = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            int other = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            return one < 0 || one == other
                    ? null
                    : Alteration.with(
                            history,
                            one,
                            history.calls()
                                    .get(one)
                                    .with(history.calls().get(other).outcome()));
        }
    },
    /** A call that is committed once changes its key again, at the end. */
    APPLIED_TWICE(Rule.ONCE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            List<WatchEvent> puts = Alteration.puts(history);
            if (puts.isEmpty()) {
                return null;
            }
            WatchEvent put = puts.get(random.nextInt(puts.size()));
            return Alteration.withPut(history, put.key(), put.entry().value());
        }
    },
    /** At the end a key changes to a value that nobody wrote. */
    PHANTOM_CHANGE(Rule.PHANTOM) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            return Alteration.withPut(history, ByteSequence.of("a/0"), ByteSequence.of("phantom"));
        }
    },
    /** At the end a key without a TTL goes that no call without an answer may have deleted. */
    PHANTOM_DELETE(Rule.PHANTOM) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            Replay end = Alteration.replayed(
                    history, Replay.FIRST_REVISION + history.committed().size());
            for (Call call : history.calls()) {
                if (!Alteration.isAcknowledgedSetting(call)) {
                    continue;
                }
                Request.Setting set = (Request.Setting) call.request();
                KeyValue present = end.get(set.key());
                boolean lastingAndKept = set.ttlMillis() == 0
                        && present != null
                        && present.value().equals(set.value());
                boolean deletable = history.calls().stream()
                        .anyMatch(other -> other.outcome() instanceof Outcome.Unknown
                                && other.request().equals(new Request.Delete(set.key())));
                if (lastingAndKept && !deletable) {
                    long revision = end.revision() + 1;
                    KeyValue gone = new KeyValue(set.key(), ByteSequence.EMPTY, 0, revision, 0);
                    return Alteration.with(
                            history,
                            new RevisionEvents(
                                    revision, List.of(new WatchEvent(WatchEvent.Type.DELETE, gone, present))));
                }
            }
            return null;
        }
    },
    /** Somebody reads a value that nobody wrote. */
    PHANTOM_READ(Rule.STATE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            return Alteration.withEntry(
                    history,
                    random,
                    entry -> new KeyValue(
                            entry.key(),
                            ByteSequence.of("phantom"),
                            entry.createRevision(),
                            entry.modRevision(),
                            entry.version()));
        }
    },
    /** One of the keys of an answer is as it was before its last change. */
    TORN_READ(Rule.STATE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            return Alteration.withEntry(
                    history,
                    random,
                    entry -> history.committed()
                            .get((int) (entry.modRevision() - Replay.FIRST_REVISION - 1))
                            .events()
                            .get(0)
                            .previous());
        }
    },
    /** A compare-and-set succeeds that expects a value its key never had. */
    BLIND_COMPARE(Rule.STATE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int write = Alteration.any(
                    history,
                    random,
                    call -> call.request() instanceof Request.CompareAndSet
                            && call.outcome() instanceof Outcome.Written);
            if (write < 0) {
                return null;
            }
            Call call = history.calls().get(write);
            Request.CompareAndSet cas = (Request.CompareAndSet) call.request();
            return Alteration.with(
                    history,
                    write,
                    Alteration.asking(
                            call,
                            new Request.CompareAndSet(
                                    cas.key(),
                                    Expectation.value(ByteSequence.of("never")),
                                    cas.value(),
                                    cas.ttlMillis())));
        }
    },
    /** What is committed was refused. */
    REFUSED_AND_DONE(Rule.REFUSED_APPLIED) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int write = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            return write < 0
                    ? null
                    : Alteration.with(history, write, history.calls().get(write).with(Outcome.REFUSED));
        }
    },
    /** A write is called only after another call has seen its revision and returned. */
    SEEN_BEFORE_CALLED(Rule.REAL_TIME) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            int write = Alteration.any(history, random, call -> call.outcome() instanceof Outcome.Written);
            if (write < 0) {
                return null;
            }
            Call call = history.calls().get(write);
            long revision = ((Outcome.Written) call.outcome()).revision();
            int witness = Alteration.any(
                    history,
                    random,
                    other -> !other.equals(call)
                            && other.answer() != null
                            && other.answer().revision() >= revision);
            if (witness < 0) {
                return null;
            }
            long later =
                    Math.max(call.returnedNanos(), history.calls().get(witness).returnedNanos()) + 1;
            return Alteration.with(
                    history, write, new Call(call.client(), later, later + 1, call.request(), call.outcome()));
        }
    },
    /** A call without an answer is committed, and was made only after another call had seen that. */
    DONE_BEFORE_CALLED(Rule.REAL_TIME) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            for (WatchEvent event : Alteration.puts(history)) {
                int lost = Alteration.any(
                        history,
                        random,
                        call -> call.outcome() instanceof Outcome.Unknown
                                && call.request() instanceof Request.Setting set
                                && set.value().equals(event.entry().value()));
                int witness = Alteration.any(
                        history,
                        random,
                        other -> other.answer() != null && other.answer().revision() >= event.revision());
                if (lost >= 0 && witness >= 0) {
                    Call call = history.calls().get(lost);
                    long later = history.calls().get(witness).returnedNanos() + 1;
                    return Alteration.with(
                            history, lost, new Call(99, later, Call.NEVER, call.request(), Outcome.UNKNOWN));
                }
            }
            return null;
        }
    },
    /** A key is seen to have expired before its TTL, made longer, can have passed. */
    EARLY_EXPIRY(Rule.EXPIRY_EARLY) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            for (RevisionEvents change : history.committed()) {
                WatchEvent event = change.events().get(0);
                KeyValue previous = event.previous();
                if (event.type() == WatchEvent.Type.PUT || previous == null) {
                    continue;
                }
                int setter = Alteration.any(
                        history,
                        random,
                        call -> call.request() instanceof Request.Put set
                                && set.ttlMillis() > 0
                                && set.value().equals(previous.value()));
                boolean explained = history.calls().stream()
                        .anyMatch(call -> call.request().equals(new Request.Delete(event.key()))
                                && (call.outcome() instanceof Outcome.Unknown
                                        || call.outcome().equals(new Outcome.Written(change.revision()))));
                int witness = Alteration.any(
                        history,
                        random,
                        other -> other.answer() != null && other.answer().revision() >= change.revision());
                if (setter >= 0 && witness >= 0 && !explained) {
                    Call call = history.calls().get(setter);
                    Request.Put put = (Request.Put) call.request();
                    return Alteration.with(
                            history,
                            setter,
                            Alteration.asking(call, new Request.Put(put.key(), put.value(), 3_600_000)));
                }
            }
            return null;
        }
    },
    /** A change in the middle is missing. */
    MISSING_REVISION(Rule.SEQUENCE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            if (history.committed().size() < 3) {
                return null;
            }
            List<RevisionEvents> committed = new ArrayList<>(history.committed());
            committed.set(1 + random.nextInt(committed.size() - 2), committed.get(0));
            return new History(history.calls(), committed);
        }
    },
    /** A change does not count the versions of its key rightly. */
    WRONG_VERSION(Rule.SEQUENCE) {
        @Override
        @Nullable
        History corrupt(History history, RandomGenerator random) {
            List<WatchEvent> puts = Alteration.puts(history);
            if (puts.isEmpty()) {
                return null;
            }
            WatchEvent put = puts.get(random.nextInt(puts.size()));
            KeyValue entry = put.entry();
            KeyValue wrong = new KeyValue(
                    entry.key(), entry.value(), entry.createRevision(), entry.modRevision(), entry.version() + 1);
            List<RevisionEvents> committed = new ArrayList<>(history.committed());
            committed.set(
                    (int) (put.revision() - Replay.FIRST_REVISION - 1),
                    new RevisionEvents(put.revision(), List.of(new WatchEvent(put.type(), wrong, put.previous()))));
            return new History(history.calls(), committed);
        }
    };

    final Rule broken;

    Corruption(Rule broken) {
        this.broken = broken;
    }

    /** Returns a history that breaks {@link #broken}, or null where {@code history} gives no occasion. */
    abstract @Nullable History corrupt(History history, RandomGenerator random);
}
