package io.dengine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.sim.Faults.Kind;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Thousands of short, dense runs, each of another kind. {@code -Ddengine.sim.first} and {@code -Ddengine.sim.seeds} choose
 * others than the gate's, as many as time allows.
 */
class ClusterSimulationTest {

    private static final Logger LOG = LoggerFactory.getLogger("simulation");

    /** The gate's seeds: the same each time. */
    private static final long FIRST_SEED = 1;

    private static final long SEEDS = 2000;

    /** Too rare to be sure of in a gate's worth of seeds. */
    private static final Set<Kind> RARE = EnumSet.of(Kind.TORN_WRITE, Kind.KEY_UNDECIDED);

    private final QuietLog quiet = new QuietLog();
    private final Faults faults = new Faults();
    private long runs;
    private long events;
    private long virtualNanos;

    @AfterEach
    void restoreLog() {
        quiet.close();
    }

    @Test
    void noSeedBreaksAPromise() {
        long start = System.nanoTime();
        long first = Long.getLong("dengine.sim.first", FIRST_SEED);
        long seeds = Long.getLong("dengine.sim.seeds", SEEDS);
        run(first, seeds);
        boolean gate = first == FIRST_SEED && seeds == SEEDS;
        if (gate) {
            for (long seed : KeptSeeds.ALL) {
                run(seed, 1);
            }
            assertThat(EnumSet.complementOf(EnumSet.copyOf(RARE)))
                    .allSatisfy(kind -> assertThat(faults.of(kind))
                            .as("%s in %s", kind, faults)
                            .isGreaterThanOrEqualTo(50));
            assertThat(faults.of(Kind.TORN_WRITE)).isPositive();
        }
        LOG.info(
                "{} runs, {} events, {} s of cluster time in {} s: {}",
                runs,
                events,
                TimeUnit.NANOSECONDS.toSeconds(virtualNanos),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
                faults);
    }

    private void run(long first, long seeds) {
        for (long seed = first; seed < first + seeds; seed++) {
            Simulation.Outcome outcome = Simulation.run(seed);
            faults.addAll(outcome.faults());
            runs++;
            events += outcome.events();
            virtualNanos += outcome.virtualNanos();
        }
    }
}
