package io.dengine.sim;

import io.dengine.sim.Faults.Kind;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Runs seeds one after another and adds up what they came to. Every so many seeds one runs twice and must take the same course. */
final class SeedRun {

    private static final long TWICE_EACH = 50;

    private final UnaryOperator<Swarm> profile;
    private final Faults faults = new Faults();
    private long runs;
    private long events;
    private long virtualNanos;
    private long withLeaderChange;

    /** Runs each seed as it is. */
    SeedRun() {
        this(UnaryOperator.identity());
    }

    /**
     * @param profile what is changed in each
     */
    SeedRun(UnaryOperator<Swarm> profile) {
        this.profile = profile;
    }

    /**
     * Runs one seed.
     *
     * @throws Violation if it breaks a promise, or takes another course the second time
     */
    void run(long seed) {
        Simulation.Outcome outcome = once(seed);
        if (seed % TWICE_EACH == 0 && once(seed).hash() != outcome.hash()) {
            throw new Violation("seed " + seed + " takes another course the second time", null);
        }
        faults.addAll(outcome.faults());
        runs++;
        events += outcome.events();
        virtualNanos += outcome.virtualNanos();
        withLeaderChange += outcome.faults().of(Kind.LEADER) > 1 ? 1 : 0;
    }

    private Simulation.Outcome once(long seed) {
        return Simulation.run(seed, profile.apply(Swarm.of(seed)), PlantedBug.NONE);
    }

    /** Adds what others came to. */
    void addAll(SeedRun others) {
        faults.addAll(others.faults);
        runs += others.runs;
        events += others.events;
        virtualNanos += others.virtualNanos;
        withLeaderChange += others.withLeaderChange;
    }

    Faults faults() {
        return faults;
    }

    long runs() {
        return runs;
    }

    long events() {
        return events;
    }

    long virtualSeconds() {
        return TimeUnit.NANOSECONDS.toSeconds(virtualNanos);
    }

    /** Returns how many runs had more than one leader. */
    long withLeaderChange() {
        return withLeaderChange;
    }

    @Override
    public String toString() {
        return "%d runs (%d with a change of leader), %d events, %d s of cluster time: %s"
                .formatted(runs, withLeaderChange, events, virtualSeconds(), faults);
    }
}
