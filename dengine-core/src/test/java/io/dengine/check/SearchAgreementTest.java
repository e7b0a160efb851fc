package io.dengine.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The searches against the definition of linearizability, tried out on small histories of every kind. */
class SearchAgreementTest {

    private static final int HISTORIES = 15_000;
    private static final int LARGER_HISTORIES = 1_500;
    private static final int WIDE_HISTORIES = 50;

    @Test
    void bothSearchesSayWhatTryingEveryOrderSays() {
        RandomGenerator random = new SplittableRandom(7);
        Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
        for (int i = 0; i < HISTORIES; i++) {
            KeyHistory history = randomHistory(random, 1 + random.nextInt(6), 1 + random.nextInt(4));
            Verdict expected = everyOrder(history);
            verdicts.merge(expected, 1, Integer::sum);
            assertThat(ConfigurationSearch.of(history, Long.MAX_VALUE).verdict())
                    .as("forward, %s", shown(history))
                    .isEqualTo(expected);
            assertThat(WglSearch.of(history, Long.MAX_VALUE))
                    .as("deep, %s", shown(history))
                    .isEqualTo(expected);
        }
        assertThat(verdicts.get(Verdict.LINEARIZABLE)).isGreaterThan(HISTORIES / 5);
        assertThat(verdicts.get(Verdict.ILLEGAL)).isGreaterThan(HISTORIES / 5);
    }

    /** Longer than a word of bits, and wider than most: here the two hold each other to account. */
    @Test
    void theSearchesAgreeOnLargerHistories() {
        RandomGenerator random = new SplittableRandom(8);
        Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
        for (int i = 0; i < LARGER_HISTORIES; i++) {
            int calls = 60 + random.nextInt(140);
            int bent = random.nextBoolean() ? random.nextInt(calls) : -1;
            KeyHistory history = runHistory(random, calls, 2 + random.nextInt(8), bent);
            Verdict forward = ConfigurationSearch.of(history, 200_000).verdict();
            Verdict deep = WglSearch.of(history, 200_000);
            if (forward != Verdict.UNKNOWN && deep != Verdict.UNKNOWN) {
                assertThat(deep).as("%s", i).isEqualTo(forward);
                verdicts.merge(deep, 1, Integer::sum);
            }
        }
        assertThat(verdicts.get(Verdict.LINEARIZABLE)).isGreaterThan(LARGER_HISTORIES / 5);
        assertThat(verdicts.get(Verdict.ILLEGAL)).isGreaterThan(LARGER_HISTORIES / 5);
    }

    /** The memory of a search is easily cut too short: that showed only with so many clients. */
    @Test
    void aRightRegisterUnderFiftyClientsIsNeverCondemned() {
        RandomGenerator random = new SplittableRandom(10);
        Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
        for (int i = 0; i < WIDE_HISTORIES; i++) {
            KeyHistory history = runHistory(random, 400, 50, -1);
            verdicts.merge(ConfigurationSearch.of(history, 2_000).verdict(), 1, Integer::sum);
            verdicts.merge(WglSearch.of(history, 20_000), 1, Integer::sum);
        }
        assertThat(verdicts).doesNotContainKey(Verdict.ILLEGAL);
        assertThat(verdicts.get(Verdict.LINEARIZABLE)).isGreaterThan(WIDE_HISTORIES / 2);
    }

    @Test
    void anExhaustedBudgetIsUnknown() {
        KeyHistory history = runHistory(new SplittableRandom(9), 200, 8, -1);

        assertThat(WglSearch.of(history, 5)).isEqualTo(Verdict.UNKNOWN);
        assertThat(ConfigurationSearch.of(history, 5).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(KeySearch.compete(history, 5).verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void forwardSearchNamesTheFirstImpossibleReturn() {
        KeyHistory.Builder builder = new KeyHistory.Builder(Step.ABSENT);
        int write = builder.called();
        builder.returned(write, Step.write("a"));
        int read = builder.called();
        builder.returned(read, Step.read("b"));
        int late = builder.called();
        builder.returned(late, Step.write("b"));

        ConfigurationSearch.Result result = ConfigurationSearch.of(builder.build(), 100);

        assertThat(result.verdict()).isEqualTo(Verdict.ILLEGAL);
        assertThat(result.moment()).isEqualTo(3);
    }

    // ---- histories ----

    /** Anything at all: half of it is nonsense. */
    private static KeyHistory randomHistory(RandomGenerator random, int calls, int width) {
        boolean appends = random.nextInt(4) == 0;
        KeyHistory.Builder builder = new KeyHistory.Builder(appends ? "" : Step.ABSENT);
        List<Integer> underWay = new ArrayList<>();
        for (int made = 0; made < calls || !underWay.isEmpty(); ) {
            if (made < calls && (underWay.isEmpty() || (underWay.size() < width && random.nextBoolean()))) {
                underWay.add(builder.called());
                made++;
                continue;
            }
            int handle = underWay.remove(random.nextInt(underWay.size()));
            Step step = randomStep(random, appends);
            if (random.nextInt(4) == 0) {
                builder.lost(handle, step);
            } else {
                builder.returned(handle, step);
            }
        }
        return builder.build();
    }

    private static Step randomStep(RandomGenerator random, boolean appends) {
        String value = "" + random.nextInt(3);
        if (appends) {
            return switch (random.nextInt(3)) {
                case 0 -> Step.read(value.equals("0") ? "" : random.nextBoolean() ? value : "12");
                case 1 -> Step.append(value.equals("0") ? "1" : value);
                default -> Step.write(value);
            };
        }
        Object present = random.nextInt(4) == 0 ? Step.ABSENT : value;
        return switch (random.nextInt(7)) {
            case 0, 1 -> Step.read(present);
            case 2 -> Step.compareAndSet(present, "" + random.nextInt(3));
            case 3 -> Step.mismatch(present);
            case 4 -> Step.remove();
            default -> Step.write(value);
        };
    }

    /** What a right register could have answered, but for the answer of call {@code bent}. */
    private static KeyHistory runHistory(RandomGenerator random, int calls, int width, int bent) {
        KeyHistory.Builder builder = new KeyHistory.Builder(Step.ABSENT);
        Object[] state = {Step.ABSENT};
        List<Runnable> returns = new ArrayList<>();
        List<Runnable> effects = new ArrayList<>();
        for (int made = 0; made < calls || !returns.isEmpty() || !effects.isEmpty(); ) {
            int choice = random.nextInt(3);
            if (choice == 0 && made < calls && returns.size() + effects.size() < width) {
                int number = made++;
                int handle = builder.called();
                boolean lost = random.nextInt(30) == 0;
                effects.add(() -> {
                    Step step = rightStep(random, state[0]);
                    state[0] = step.effect() == Step.Effect.SET ? step.operand() : state[0];
                    Step told = number == bent ? Step.read("" + random.nextInt(5)) : step;
                    if (lost) {
                        builder.lost(handle, told);
                    } else {
                        returns.add(() -> builder.returned(handle, told));
                    }
                });
            } else if (choice == 1 && !effects.isEmpty()) {
                effects.remove(random.nextInt(effects.size())).run();
            } else if (choice == 2 && !returns.isEmpty()) {
                returns.remove(random.nextInt(returns.size())).run();
            }
        }
        return builder.build();
    }

    private static Step rightStep(RandomGenerator random, Object state) {
        String value = "" + random.nextInt(5);
        return switch (random.nextInt(6)) {
            case 0 -> Step.write(value);
            case 1 -> value.equals(state) ? Step.compareAndSet(value, "" + random.nextInt(5)) : Step.mismatch(value);
            case 2 -> state.equals(Step.ABSENT) ? Step.read(state) : Step.remove();
            default -> Step.read(state);
        };
    }

    // ---- the definition ----

    /** Tries every order of every choice of the unknown calls. */
    private static Verdict everyOrder(KeyHistory history) {
        boolean[] done = new boolean[history.calls()];
        return canGoOn(history, done, history.initial()) ? Verdict.LINEARIZABLE : Verdict.ILLEGAL;
    }

    private static boolean canGoOn(KeyHistory history, boolean[] done, Object state) {
        boolean allKnownDone = true;
        for (int call = 0; call < done.length; call++) {
            allKnownDone &= done[call] || !history.isKnown(call);
        }
        if (allKnownDone) {
            return true;
        }
        for (int call = 0; call < done.length; call++) {
            Step step = history.step(call);
            if (!done[call] && isNext(history, done, call) && holds(step, state)) {
                done[call] = true;
                if (canGoOn(history, done, after(step, state))) {
                    return true;
                }
                done[call] = false;
            }
        }
        return false;
    }

    /** Returns whether nothing that is still to come returned before {@code call} was made. */
    private static boolean isNext(KeyHistory history, boolean[] done, int call) {
        for (int position = 0; position < history.moments(); position++) {
            int moment = history.moment(position);
            if (moment == call) {
                return true;
            }
            if (moment < 0 && !done[~moment]) {
                return false;
            }
        }
        throw new AssertionError(call);
    }

    private static boolean holds(Step step, Object state) {
        return switch (step.guard()) {
            case NONE -> true;
            case EQUALS -> state.equals(step.expected());
            case DIFFERS -> !state.equals(step.expected());
            case NEVER -> false;
        };
    }

    private static Object after(Step step, Object state) {
        return switch (step.effect()) {
            case NONE -> state;
            case SET -> step.operand();
            case APPEND -> state + "" + step.operand();
        };
    }

    private static String shown(KeyHistory history) {
        StringBuilder text = new StringBuilder();
        for (int position = 0; position < history.moments(); position++) {
            int moment = history.moment(position);
            text.append(moment >= 0 ? " call " + moment + " " + history.step(moment) : " return " + ~moment);
        }
        return text.toString();
    }
}
