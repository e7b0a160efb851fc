package io.dengine.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The calls on one key in real time: an alternation of calls and returns. Calls are numbered from 0 in the order they were
 * made. One without a return is unknown: it may have happened at any time since, or never.
 */
final class KeyHistory {

    private final Object initial;
    private final List<Step> steps;
    private final boolean[] known;
    /** {@code n} for call n, {@code ~n} for its return. */
    private final int[] moments;

    private KeyHistory(Object initial, List<Step> steps, boolean[] known, int[] moments) {
        this.initial = initial;
        this.steps = List.copyOf(steps);
        this.known = known;
        this.moments = moments;
    }

    Object initial() {
        return initial;
    }

    int calls() {
        return steps.size();
    }

    long unknowns() {
        long unknowns = 0;
        for (boolean isKnown : known) {
            unknowns += isKnown ? 0 : 1;
        }
        return unknowns;
    }

    Step step(int call) {
        return steps.get(call);
    }

    boolean isKnown(int call) {
        return known[call];
    }

    int moments() {
        return moments.length;
    }

    int moment(int position) {
        return moments[position];
    }

    /** Takes calls and returns in the order of time; a return may say what the call was only once it is known. */
    static final class Builder {

        private final Object initial;
        private final List<Integer> order = new ArrayList<>();
        private final Map<Integer, Step> known = new TreeMap<>();
        private final Map<Integer, Step> unknown = new TreeMap<>();
        private int calls;

        Builder(Object initial) {
            this.initial = initial;
        }

        /** A call is made; returns its handle. Without a step to follow it leaves no trace. */
        int called() {
            order.add(calls);
            return calls++;
        }

        void returned(int handle, Step step) {
            known.put(handle, step);
            order.add(~handle);
        }

        /** No answer will come. */
        void lost(int handle, Step step) {
            if (step.effect() != Step.Effect.NONE) {
                unknown.put(handle, step);
            }
        }

        KeyHistory build() {
            int[] numbers = new int[calls];
            List<Step> steps = new ArrayList<>();
            boolean[] isKnown = new boolean[known.size() + unknown.size()];
            int[] moments = new int[2 * known.size() + unknown.size()];
            int position = 0;
            for (int entry : order) {
                int handle = entry >= 0 ? entry : ~entry;
                Step step = known.getOrDefault(handle, unknown.get(handle));
                if (step == null) {
                    continue;
                }
                if (entry >= 0) {
                    numbers[handle] = steps.size();
                    isKnown[steps.size()] = known.containsKey(handle);
                    steps.add(step);
                }
                moments[position++] = entry >= 0 ? numbers[handle] : ~numbers[handle];
            }
            return new KeyHistory(initial, steps, isKnown, moments);
        }
    }
}
