package io.dengine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.sim.Faults.Kind;
import java.util.EnumSet;
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

    private final QuietLog quiet = new QuietLog();
    private final SeedRun run = new SeedRun();

    @AfterEach
    void restoreLog() {
        quiet.close();
    }

    @Test
    void noSeedBreaksAPromise() {
        long start = System.nanoTime();
        long first = Long.getLong("dengine.sim.first", FIRST_SEED);
        long seeds = Long.getLong("dengine.sim.seeds", SEEDS);
        for (long seed = first; seed < first + seeds; seed++) {
            run.run(seed);
        }
        if (first == FIRST_SEED && seeds == SEEDS) {
            for (long seed : KeptSeeds.ALL) {
                run.run(seed);
            }
            assertThat(EnumSet.allOf(Kind.class))
                    .allSatisfy(kind -> assertThat(run.faults().of(kind))
                            .as("%s in %s", kind, run.faults())
                            .isGreaterThanOrEqualTo(kind.leastInGate()));
        }
        LOG.info("{} s: {}", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start), run);
    }
}
