package io.dengine.check;

import io.dengine.check.Step.Effect;
import io.dengine.check.Step.Guard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The steps of one history as moves between numbered values, so that two values are equal if their numbers are. */
final class Register {

    /** The move that a guard forbids. */
    static final int ILLEGAL = -1;

    private record Appending(int state, int operand) {}

    private final Map<Object, Integer> numbers = new HashMap<>();
    private final List<Object> values = new ArrayList<>();
    private final Map<Appending, Integer> appended = new HashMap<>();
    private final Guard[] guards;
    private final int[] expected;
    private final Effect[] effects;
    private final int[] operands;
    private final int initial;
    private boolean appends;
    private int mismatches;

    Register(KeyHistory history) {
        int calls = history.calls();
        guards = new Guard[calls];
        expected = new int[calls];
        effects = new Effect[calls];
        operands = new int[calls];
        initial = number(history.initial());
        for (int call = 0; call < calls; call++) {
            Step step = history.step(call);
            guards[call] = step.guard();
            expected[call] = number(step.expected());
            effects[call] = step.effect();
            operands[call] = number(step.operand());
            appends |= step.effect() == Effect.APPEND;
            mismatches += step.guard() == Guard.DIFFERS ? 1 : 0;
        }
    }

    private int number(Object value) {
        Integer known = numbers.putIfAbsent(value, values.size());
        if (known != null) {
            return known;
        }
        values.add(value);
        return values.size() - 1;
    }

    int initial() {
        return initial;
    }

    /** Returns how many values the history names; appending makes more. */
    int namedValues() {
        return values.size();
    }

    Object value(int state) {
        return values.get(state);
    }

    /** Returns the value after {@code call} where it was {@code state}, or {@link #ILLEGAL}. */
    int move(int state, int call) {
        boolean holds = switch (guards[call]) {
            case NONE -> true;
            case EQUALS -> state == expected[call];
            case DIFFERS -> state != expected[call];
            case NEVER -> false;
        };
        if (!holds) {
            return ILLEGAL;
        }
        return switch (effects[call]) {
            case NONE -> state;
            case SET -> operands[call];
            case APPEND -> append(state, operands[call]);
        };
    }

    private int append(int state, int operand) {
        Appending key = new Appending(state, operand);
        Integer known = appended.get(key);
        if (known == null) {
            known = number(values.get(state) + "" + values.get(operand));
            appended.put(key, known);
        }
        return known;
    }

    /** Returns whether {@code call} changes nothing wherever it is possible. */
    boolean isRead(int call) {
        return effects[call] == Effect.NONE;
    }

    boolean areTwins(int call, int other) {
        return guards[call] == guards[other]
                && expected[call] == expected[other]
                && effects[call] == effects[other]
                && operands[call] == operands[other];
    }

    /** Returns the value that {@code call} waits for, or {@link #ILLEGAL} for none in particular. */
    int awaited(int call) {
        return guards[call] == Guard.EQUALS ? expected[call] : ILLEGAL;
    }

    /**
     * Returns whether a value matters only to calls that wait for it. Then a call without an answer that sets a value
     * nobody waits for can be left out: whatever follows is possible without it.
     */
    boolean hasOnlyPreciseGuards() {
        return !appends && mismatches == 0;
    }
}
