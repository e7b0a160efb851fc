package io.dengine.check;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * The search of Wing and Gong with the memory of Lowe: put the earliest possible call next, go on as far as it goes, step
 * back at a return that is still due. A configuration (what is in order, and the value) is entered once.
 *
 * <p>A read that is possible is put next without an alternative: it changes nothing, so what is possible later with it was
 * possible before. Calls without an answer stand in the list without a return and need not be put in order at all.
 */
final class WglSearch {

    /** What was tried: all known calls before word {@code from} are in order, and those of {@code inOrder} from there on. */
    private static final class Configuration {

        private final int from;
        private final long[] inOrder;
        private final long[] unknown;
        private final int state;
        private final int hash;

        Configuration(int from, long[] inOrder, long[] unknown, int state) {
            this.from = from;
            this.inOrder = inOrder;
            this.unknown = unknown;
            this.state = state;
            this.hash = 31 * (31 * (31 * Arrays.hashCode(inOrder) + Arrays.hashCode(unknown)) + from) + state;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Configuration that
                    && from == that.from
                    && state == that.state
                    && Arrays.equals(inOrder, that.inOrder)
                    && Arrays.equals(unknown, that.unknown);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private static final int NONE = -1;
    /** There is nothing left to step back to. */
    private static final int EXHAUSTED = -2;

    private final KeyHistory history;
    private final Register register;
    private final long budget;

    /** The moments not in order yet, as a ring around {@link #head}. */
    private final int[] next;

    private final int[] previous;
    private final int head;
    private final int[] callAt;
    private final int[] returnAt;

    /** For an unknown call the last one like it before: of twins the first is taken first. */
    private final int[] twin;

    /** Bits of known calls in order, and of unknown ones. */
    private final long[] inOrder;

    private final long[] unknownInOrder;

    /** Bits of all known calls. */
    private final long[] allKnown;
    /** No bit was ever set beyond this word. */
    private int highestWord;

    /** For each value how many calls that are not in order wait for it. */
    private final int[] waiting;

    private final int[] path;
    private final int[] states;
    private int depth;
    private int due;
    private int state;
    private final Set<Configuration> entered = new HashSet<>();

    private WglSearch(KeyHistory history, long budget) {
        this.history = history;
        this.register = new Register(history);
        this.budget = budget;
        int calls = history.calls();
        head = history.moments();
        next = new int[head + 1];
        previous = new int[head + 1];
        callAt = new int[calls];
        returnAt = new int[calls];
        twin = new int[calls];
        inOrder = new long[(calls >> 6) + 1];
        unknownInOrder = new long[(calls >> 6) + 1];
        allKnown = new long[(calls >> 6) + 1];
        waiting = new int[register.namedValues()];
        path = new int[calls];
        states = new int[calls];
        state = register.initial();
        prepare();
    }

    private void prepare() {
        Arrays.fill(returnAt, NONE);
        Arrays.fill(twin, NONE);
        for (int position = 0; position <= head; position++) {
            next[position] = position == head ? 0 : position + 1;
            previous[position] = position == 0 ? head : position - 1;
        }
        for (int position = 0; position < head; position++) {
            int moment = history.moment(position);
            if (moment >= 0) {
                callAt[moment] = position;
            } else {
                returnAt[~moment] = position;
                due++;
            }
        }
        for (int call = 0; call < history.calls(); call++) {
            allKnown[call >> 6] |= history.isKnown(call) ? 1L << call : 0;
            if (register.awaited(call) != Register.ILLEGAL) {
                waiting[register.awaited(call)]++;
            }
            for (int before = call - 1; !history.isKnown(call) && twin[call] == NONE && before >= 0; before--) {
                if (!history.isKnown(before) && register.areTwins(call, before)) {
                    twin[call] = before;
                }
            }
        }
    }

    /**
     * Searches an order.
     *
     * @param budget the most configurations to enter
     */
    static Verdict of(KeyHistory history, long budget) {
        return new WglSearch(history, budget).run();
    }

    private Verdict run() {
        int position = first();
        while (due > 0) {
            int call = position == NONE || position == head ? NONE : history.moment(position);
            if (call < 0) {
                position = stepBack();
                if (position == EXHAUSTED) {
                    return Verdict.ILLEGAL;
                }
                continue;
            }
            int after = isWorthTrying(call) ? register.move(state, call) : Register.ILLEGAL;
            boolean possible = after != Register.ILLEGAL && (history.isKnown(call) || isUseful(after));
            if (!possible) {
                position = next[position];
                continue;
            }
            mark(call);
            if (entered.add(configuration(after))) {
                if (entered.size() > budget) {
                    return Verdict.UNKNOWN;
                }
                lift(call);
                path[depth] = call;
                states[depth++] = state;
                state = after;
                position = first();
            } else {
                unmark(call);
                position = register.isRead(call) ? NONE : next[position];
            }
        }
        return Verdict.LINEARIZABLE;
    }

    /** Returns where to begin: at a read that is possible, else at the first call. */
    private int first() {
        for (int position = next[head]; position != head && history.moment(position) >= 0; position = next[position]) {
            int call = history.moment(position);
            if (register.isRead(call) && register.move(state, call) != Register.ILLEGAL) {
                return position;
            }
        }
        return next[head];
    }

    /** Takes back the last call that had an alternative; returns where to go on. */
    private int stepBack() {
        int call;
        do {
            if (depth == 0) {
                return EXHAUSTED;
            }
            call = path[--depth];
            state = states[depth];
            unlift(call);
            unmark(call);
        } while (register.isRead(call));
        return next[callAt[call]];
    }

    private boolean isWorthTrying(int call) {
        return history.isKnown(call) || twin[call] == NONE || isSet(unknownInOrder, twin[call]);
    }

    private boolean isUseful(int after) {
        return after != state && (!register.hasOnlyPreciseGuards() || waiting[after] > 0);
    }

    private Configuration configuration(int after) {
        int from = 0;
        while (from <= highestWord && inOrder[from] == allKnown[from]) {
            from++;
        }
        int to = highestWord + 1;
        while (to > from && inOrder[to - 1] == 0) {
            to--;
        }
        return new Configuration(
                from, Arrays.copyOfRange(inOrder, from, Math.max(from, to)), trimmed(unknownInOrder), after);
    }

    private static long[] trimmed(long[] bits) {
        int to = bits.length;
        while (to > 0 && bits[to - 1] == 0) {
            to--;
        }
        return Arrays.copyOf(bits, to);
    }

    private void mark(int call) {
        if (history.isKnown(call)) {
            due--;
            inOrder[call >> 6] |= 1L << call;
            highestWord = Math.max(highestWord, call >> 6);
        } else {
            unknownInOrder[call >> 6] |= 1L << call;
        }
        if (register.awaited(call) != Register.ILLEGAL) {
            waiting[register.awaited(call)]--;
        }
    }

    private void unmark(int call) {
        if (history.isKnown(call)) {
            due++;
            inOrder[call >> 6] &= ~(1L << call);
        } else {
            unknownInOrder[call >> 6] &= ~(1L << call);
        }
        if (register.awaited(call) != Register.ILLEGAL) {
            waiting[register.awaited(call)]++;
        }
    }

    private static boolean isSet(long[] bits, int call) {
        return (bits[call >> 6] & 1L << call) != 0;
    }

    private void lift(int call) {
        remove(callAt[call]);
        if (returnAt[call] != NONE) {
            remove(returnAt[call]);
        }
    }

    private void unlift(int call) {
        if (returnAt[call] != NONE) {
            insert(returnAt[call]);
        }
        insert(callAt[call]);
    }

    private void remove(int position) {
        next[previous[position]] = next[position];
        previous[next[position]] = previous[position];
    }

    private void insert(int position) {
        next[previous[position]] = position;
        previous[next[position]] = position;
    }
}
