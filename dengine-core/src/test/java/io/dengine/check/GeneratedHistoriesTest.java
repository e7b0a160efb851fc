package io.dengine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every history of a right store passes; every history made wrong is caught, and by the rule it breaks. */
class GeneratedHistoriesTest {

    private static final int RIGHT_HISTORIES = 150;
    /** Among so many there is occasion enough for every kind of corruption. */
    private static final int HISTORIES = 300;

    private static final int CORRUPTED_OF_A_KIND = 30;
    private static final double RIGHT_CLOCK = 1;

    private static History history(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        return HistoryGenerator.of(seed, 1 + random.nextInt(8), 10 + random.nextInt(40));
    }

    @Test
    void rightHistoriesPass() {
        Map<Verdict, Integer> keys = new EnumMap<>(Verdict.class);
        long unknowns = 0;
        long expiries = 0;
        for (long seed = 0; seed < RIGHT_HISTORIES; seed++) {
            History history = history(seed);
            assertThat(RevisionOrderCheck.check(history, RIGHT_CLOCK))
                    .as("seed %d", seed)
                    .isEmpty();
            assertThat(ExpiryCheck.check(history, RIGHT_CLOCK, HistoryGenerator.LATEST_EXPIRY_NANOS))
                    .as("seed %d", seed)
                    .isEmpty();
            KeySearch.check(history, RIGHT_CLOCK, KeySearch.Limits.DEFAULT).forEach((key, result) -> {
                assertThat(result.verdict()).as("%s: %s", key, result).isNotEqualTo(Verdict.ILLEGAL);
                keys.merge(result.verdict(), 1, Integer::sum);
            });
            unknowns += history.calls().stream()
                    .filter(call -> call.outcome() instanceof Outcome.Unknown)
                    .count();
            expiries += history.committed().stream()
                    .filter(change -> change.events().size() > 1)
                    .count();
        }
        assertThat(unknowns).isGreaterThan(RIGHT_HISTORIES);
        assertThat(expiries).isGreaterThan(10);
        assertThat(keys.get(Verdict.LINEARIZABLE)).isGreaterThan(20 * keys.getOrDefault(Verdict.UNKNOWN, 0));
    }

    @ParameterizedTest
    @EnumSource
    void wrongHistoriesAreCaught(Corruption corruption) {
        int corrupted = 0;
        for (long seed = 0; corrupted < CORRUPTED_OF_A_KIND; seed++) {
            assertThat(seed).as("occasions for %s", corruption).isLessThan(HISTORIES);
            History wrong = corruption.corrupt(history(seed), new SplittableRandom(seed));
            if (wrong == null) {
                continue;
            }
            assertThat(RevisionOrderCheck.check(wrong, RIGHT_CLOCK))
                    .as("seed %d", seed)
                    .extracting(Breach::rule)
                    .contains(corruption.broken);
            corrupted++;
        }
    }

    @Test
    void whatLivesTooLongIsCaught() {
        int caught = 0;
        for (long seed = 0; seed < HISTORIES && caught < CORRUPTED_OF_A_KIND; seed++) {
            History history = history(seed);
            RandomGenerator random = new SplittableRandom(seed);
            int setter = Alteration.any(
                    history,
                    random,
                    call -> call.request() instanceof Request.Put put
                            && put.ttlMillis() == 0
                            && call.outcome() instanceof Outcome.Written written
                            && isStillThere(history, put.key(), written.revision(), call.returnedNanos()));
            if (setter < 0) {
                continue;
            }
            Call call = history.calls().get(setter);
            Request.Put put = (Request.Put) call.request();
            History wrong = Alteration.with(
                    history, setter, Alteration.asking(call, new Request.Put(put.key(), put.value(), 1)));
            assertThat(ExpiryCheck.check(wrong, RIGHT_CLOCK, HistoryGenerator.LATEST_EXPIRY_NANOS))
                    .as("seed %d", seed)
                    .extracting(Breach::rule)
                    .contains(Rule.EXPIRY_LATE);
            caught++;
        }
        assertThat(caught).isGreaterThanOrEqualTo(10);
    }

    /** Returns whether a call made 22 ms after the answer of a write, or later, still saw what it wrote. */
    private static boolean isStillThere(History history, ByteSequence key, long revision, long answeredNanos) {
        return history.calls().stream()
                .anyMatch(call -> Alteration.isFresh(call)
                        && call.calledNanos() > answeredNanos + 22_000_000
                        && call.outcome() instanceof Outcome.Observed observed
                        && observed.entries().stream()
                                .anyMatch(entry -> entry.key().equals(key) && entry.modRevision() == revision));
    }

    // ---- the searches, which see no revisions ----

    /** A read gets a value that had been overwritten, for good as values are unique, before the read was called. */
    @Test
    void aStaleValueIsCaughtWithoutRevisions() {
        int caught = 0;
        for (long seed = 0; seed < HISTORIES && caught < CORRUPTED_OF_A_KIND; seed++) {
            History history = history(seed);
            RandomGenerator random = new SplittableRandom(seed);
            int first = Alteration.any(history, random, Alteration::isAcknowledgedSetting);
            int second = first < 0
                    ? -1
                    : laterSetting(history, random, history.calls().get(first));
            int read =
                    second < 0 ? -1 : laterRead(history, random, history.calls().get(second));
            if (read >= 0) {
                ByteSequence value =
                        ((Request.Setting) history.calls().get(first).request()).value();
                assertIllegal(withValue(history, read, value), keyOf(history, first), seed);
                caught++;
            }
        }
        assertThat(caught).isEqualTo(CORRUPTED_OF_A_KIND);
    }

    @Test
    void aValueThatNobodyWroteIsCaughtWithoutRevisions() {
        int caught = 0;
        for (long seed = 0; seed < HISTORIES && caught < CORRUPTED_OF_A_KIND; seed++) {
            History history = history(seed);
            int read = Alteration.any(
                    history,
                    new SplittableRandom(seed),
                    call -> isReadOfOne(call) && call.outcome() instanceof Outcome.Observed);
            if (read >= 0) {
                assertIllegal(withValue(history, read, ByteSequence.of("phantom")), keyOf(history, read), seed);
                caught++;
            }
        }
        assertThat(caught).isEqualTo(CORRUPTED_OF_A_KIND);
    }

    /** Of a value that is written once and then replaced by compare-and-set, a later one succeeds again. */
    @Test
    void aSecondSuccessOnOneValueIsCaughtWithoutRevisions() {
        int caught = 0;
        for (long seed = 0; seed < HISTORIES && caught < CORRUPTED_OF_A_KIND; seed++) {
            History history = history(seed);
            RandomGenerator random = new SplittableRandom(seed);
            int first = Alteration.any(
                    history,
                    random,
                    call -> Alteration.isAcknowledgedSetting(call)
                            && call.request() instanceof Request.CompareAndSet cas
                            && cas.expected() instanceof Expectation.Value);
            int second = first < 0
                    ? -1
                    : laterSetting(history, random, history.calls().get(first));
            if (second >= 0) {
                Request.CompareAndSet once =
                        (Request.CompareAndSet) history.calls().get(first).request();
                Call call = history.calls().get(second);
                Request.CompareAndSet again = new Request.CompareAndSet(
                        once.key(), once.expected(), ((Request.Setting) call.request()).value(), 0);
                assertIllegal(Alteration.with(history, second, Alteration.asking(call, again)), once.key(), seed);
                caught++;
            }
        }
        assertThat(caught).isEqualTo(CORRUPTED_OF_A_KIND);
    }

    private static int laterSetting(History history, RandomGenerator random, Call first) {
        ByteSequence key = ((Request.Setting) first.request()).key();
        return Alteration.any(
                history,
                random,
                call -> Alteration.isAcknowledgedSetting(call)
                        && ((Request.Setting) call.request()).key().equals(key)
                        && call.calledNanos() > first.returnedNanos());
    }

    private static int laterRead(History history, RandomGenerator random, Call write) {
        ByteSequence key = ((Request.Setting) write.request()).key();
        return Alteration.any(
                history,
                random,
                call -> isReadOfOne(call)
                        && ((Request.Get) call.request()).keys().contains(key)
                        && call.outcome() instanceof Outcome.Observed
                        && call.calledNanos() > write.returnedNanos());
    }

    private static boolean isReadOfOne(Call call) {
        return call.request() instanceof Request.Get get && get.keys().size() == 1 && Alteration.isFresh(call);
    }

    private static ByteSequence keyOf(History history, int call) {
        Request request = history.calls().get(call).request();
        return request instanceof Request.Get get ? get.keys().get(0) : ((Request.Write) request).key();
    }

    /** The revision stays what it was: it must not help. */
    private static History withValue(History history, int read, ByteSequence value) {
        Call call = history.calls().get(read);
        long revision = ((Outcome.Observed) call.outcome()).revision();
        KeyValue entry = new KeyValue(keyOf(history, read), value, revision, revision, 1);
        return Alteration.with(
                history, read, call.with(new Outcome.Observed(revision, new ArrayList<>(List.of(entry)), false)));
    }

    private static void assertIllegal(History history, ByteSequence key, long seed) {
        KeySearch.Limits limits = new KeySearch.Limits(2_000, 64, 1_000_000);
        assertThat(KeySearch.check(history, RIGHT_CLOCK, limits).get(key))
                .as("seed %d", seed)
                .extracting(KeySearch.Result::verdict)
                .isEqualTo(Verdict.ILLEGAL);
    }

    // ---- the text ----

    @Test
    void historiesSurviveTheirText() {
        for (long seed = 0; seed < 50; seed++) {
            History history = history(seed);
            assertThat(HistoryText.parse(HistoryText.write(history))).isEqualTo(history);
        }
    }
}
