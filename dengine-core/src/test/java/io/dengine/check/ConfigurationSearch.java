package io.dengine.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Goes through time once and keeps every configuration that the store may be in: its value, which of the calls under way
 * have happened, and how many of the unknown ones. Calls are put in order just in time (Lowe): at a return, and only as many
 * as it takes until the returning call has happened. Where no configuration is left, that return is the first wrong one.
 *
 * <p>A read that is possible happens at once, as in {@link WglSearch}. Unknown calls that ask the same are counted, not told
 * apart; of two configurations alike in all else the one that used fewer of them can do all the other can.
 */
final class ConfigurationSearch {

    /** How many calls can be under way at once. */
    private static final int MAX_UNDER_WAY = Long.SIZE;

    /**
     * What a search came to.
     *
     * @param moment the position of the first return that cannot be; -1 if there is none, or none was found
     */
    record Result(Verdict verdict, int moment) {}

    /** The value, the slots of those under way that have happened, and for each class of unknown calls how many have. */
    @SuppressWarnings("ArrayRecordComponent") // compared by Frontier alone, never changed
    private record Configuration(int state, long happened, int[] used) {}

    private record Place(int state, long happened) {}

    /** Configurations, none of which can do less than another. */
    private static final class Frontier {

        private final Map<Place, List<Configuration>> places = new HashMap<>();

        boolean add(Configuration configuration) {
            List<Configuration> alike = places.computeIfAbsent(
                    new Place(configuration.state(), configuration.happened()), place -> new ArrayList<>(1));
            for (Configuration other : alike) {
                if (usesNoMore(other, configuration)) {
                    return false;
                }
            }
            alike.removeIf(other -> usesNoMore(configuration, other));
            alike.add(configuration);
            return true;
        }

        Collection<List<Configuration>> all() {
            return places.values();
        }

        private static boolean usesNoMore(Configuration one, Configuration other) {
            for (int kind = 0; kind < one.used().length; kind++) {
                if (one.used()[kind] > other.used()[kind]) {
                    return false;
                }
            }
            return true;
        }
    }

    private final KeyHistory history;
    private final Register register;
    private final long budget;

    /** The known call in each slot, -1 for none. */
    private final int[] slots = new int[MAX_UNDER_WAY];

    private final int[] slotOf;
    private final int[] kindOf;
    /** One call of each class of unknown calls. */
    private final List<Integer> kinds = new ArrayList<>();

    private final int[] called;
    /** For each value how many calls wait for it that have not returned. */
    private final int[] waiting;

    private Frontier reached = new Frontier();
    private long spent;

    private ConfigurationSearch(KeyHistory history, long budget) {
        this.history = history;
        this.register = new Register(history);
        this.budget = budget;
        slotOf = new int[history.calls()];
        kindOf = new int[history.calls()];
        waiting = new int[register.namedValues()];
        Arrays.fill(slots, -1);
        for (int call = 0; call < history.calls(); call++) {
            if (!history.isKnown(call)) {
                kindOf[call] = kind(call);
            }
            if (register.awaited(call) != Register.ILLEGAL) {
                waiting[register.awaited(call)]++;
            }
        }
        called = new int[kinds.size()];
        reached.add(new Configuration(register.initial(), 0, new int[kinds.size()]));
    }

    private int kind(int call) {
        for (int kind = 0; kind < kinds.size(); kind++) {
            if (register.areTwins(call, kinds.get(kind))) {
                return kind;
            }
        }
        kinds.add(call);
        return kinds.size() - 1;
    }

    /**
     * Searches an order.
     *
     * @param budget the most configurations to look at
     */
    static Result of(KeyHistory history, long budget) {
        return new ConfigurationSearch(history, budget).run();
    }

    private Result run() {
        for (int position = 0; position < history.moments(); position++) {
            int moment = history.moment(position);
            if (moment < 0) {
                Verdict verdict = onReturn(~moment);
                if (verdict != Verdict.LINEARIZABLE) {
                    return new Result(verdict, verdict == Verdict.ILLEGAL ? position : -1);
                }
            } else if (!history.isKnown(moment)) {
                called[kindOf[moment]]++;
            } else if (!takeSlot(moment)) {
                return new Result(Verdict.UNKNOWN, -1);
            }
        }
        return new Result(Verdict.LINEARIZABLE, -1);
    }

    private boolean takeSlot(int call) {
        for (int slot = 0; slot < MAX_UNDER_WAY; slot++) {
            if (slots[slot] < 0) {
                slots[slot] = call;
                slotOf[call] = slot;
                return true;
            }
        }
        return false;
    }

    /** Leaves the configurations in which {@code returning} has happened; the verdict is about the history up to here. */
    private Verdict onReturn(int returning) {
        long bit = 1L << slotOf[returning];
        Frontier after = new Frontier();
        Frontier seen = new Frontier();
        Deque<Configuration> work = new ArrayDeque<>();
        reached.all().forEach(work::addAll);
        while (!work.isEmpty()) {
            Configuration configuration = withReads(work.pop());
            if (++spent > budget) {
                return Verdict.UNKNOWN;
            }
            if ((configuration.happened() & bit) != 0) {
                after.add(new Configuration(
                        configuration.state(), configuration.happened() & ~bit, configuration.used()));
            } else if (seen.add(configuration)) {
                expand(configuration, work);
            }
        }
        slots[slotOf[returning]] = -1;
        if (register.awaited(returning) != Register.ILLEGAL) {
            waiting[register.awaited(returning)]--;
        }
        reached = after;
        return after.all().isEmpty() ? Verdict.ILLEGAL : Verdict.LINEARIZABLE;
    }

    private Configuration withReads(Configuration configuration) {
        long happened = configuration.happened();
        for (int slot = 0; slot < MAX_UNDER_WAY; slot++) {
            int call = slots[slot];
            if (call >= 0
                    && (happened & 1L << slot) == 0
                    && register.isRead(call)
                    && register.move(configuration.state(), call) != Register.ILLEGAL) {
                happened |= 1L << slot;
            }
        }
        return happened == configuration.happened()
                ? configuration
                : new Configuration(configuration.state(), happened, configuration.used());
    }

    private void expand(Configuration from, Deque<Configuration> work) {
        for (int slot = 0; slot < MAX_UNDER_WAY; slot++) {
            int call = slots[slot];
            if (call >= 0 && (from.happened() & 1L << slot) == 0 && !register.isRead(call)) {
                int state = register.move(from.state(), call);
                if (state != Register.ILLEGAL) {
                    work.push(new Configuration(state, from.happened() | 1L << slot, from.used()));
                }
            }
        }
        for (int kind = 0; kind < called.length; kind++) {
            if (from.used()[kind] < called[kind]) {
                int state = register.move(from.state(), kinds.get(kind));
                if (state != Register.ILLEGAL && state != from.state() && isUseful(state)) {
                    int[] used = from.used().clone();
                    used[kind]++;
                    work.push(new Configuration(state, from.happened(), used));
                }
            }
        }
    }

    private boolean isUseful(int state) {
        return !register.hasOnlyPreciseGuards() || waiting[state] > 0;
    }
}
