package io.dengine.check;

import io.dengine.api.ByteSequence;
import java.util.Map;
import java.util.Optional;

/**
 * Searches, key by key, an order of the calls that explains all answers (linearizability is local: it holds for the store if
 * it holds for each key). Two searches compete, since each is slow where the other is quick.
 */
public final class KeySearch {

    private static final long FIRST_BUDGET = 2_000;
    private static final long GROWTH = 8;

    /**
     * What a search is given.
     *
     * @param maxCalls the most calls of one key; one with more is unknown
     * @param maxUnknowns the most calls of one key whose outcome is unknown, expiries among them
     * @param budget the most configurations of one key for each search
     */
    public record Limits(int maxCalls, int maxUnknowns, long budget) {

        /** What pays: beyond these the work grows without bound. */
        public static final Limits DEFAULT = new Limits(2_000, 12, 1_000_000);
    }

    /**
     * What a search came to.
     *
     * @param text what is wrong, or why it is not known
     */
    public record Result(Verdict verdict, String text) {}

    private KeySearch() {}

    /**
     * Judges every key of {@code history}.
     *
     * @param fastestClock how fast the fastest node's clock may run, 1 for right
     * @return the judgement of each key, in the order of keys
     */
    public static Map<ByteSequence, Result> check(History history, double fastestClock, Limits limits) {
        return new KeyPartition(history, fastestClock).judge(key -> judged(key, limits));
    }

    private static Result judged(Optional<KeyHistory> history, Limits limits) {
        if (history.isEmpty()) {
            return new Result(Verdict.UNKNOWN, "a call without an answer expects a revision that nobody saw");
        }
        KeyHistory calls = history.get();
        if (calls.calls() > limits.maxCalls() || calls.unknowns() > limits.maxUnknowns()) {
            return new Result(
                    Verdict.UNKNOWN, calls.calls() + " calls, " + calls.unknowns() + " of them unknown, are too many");
        }
        return compete(calls, limits.budget());
    }

    static Result compete(KeyHistory calls, long maxBudget) {
        for (long budget = Math.min(FIRST_BUDGET, maxBudget); ; budget = Math.min(budget * GROWTH, maxBudget)) {
            ConfigurationSearch.Result forward = ConfigurationSearch.of(calls, budget);
            if (forward.verdict() != Verdict.UNKNOWN) {
                return new Result(forward.verdict(), described(calls, forward));
            }
            Verdict deep = WglSearch.of(calls, budget);
            if (deep != Verdict.UNKNOWN) {
                return new Result(deep, deep == Verdict.ILLEGAL ? "no order explains the answers" : "");
            }
            if (budget == maxBudget) {
                return new Result(Verdict.UNKNOWN, "more than " + budget + " configurations");
            }
        }
    }

    private static String described(KeyHistory calls, ConfigurationSearch.Result result) {
        return result.verdict() == Verdict.ILLEGAL
                ? "cannot be, after all that returned before: " + calls.step(~calls.moment(result.moment()))
                : "";
    }
}
