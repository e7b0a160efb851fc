package io.dengine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.sim.Faults.Kind;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
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

    private static final long SEEDS = 15_000;

    /** Behind the gate's seeds; each in a cluster of five, for ten seconds. */
    private static final long FIRST_LONG_SEED = 1_000_000;

    private static final long LONG_SEEDS = 100;

    private static final long LONG_NANOS = 10_000 * Swarm.MILLI;

    private final QuietLog quiet = new QuietLog();
    private final SeedThreads threads = new SeedThreads();

    @AfterEach
    void restoreLog() {
        quiet.close();
    }

    @Test
    void noSeedBreaksAPromise() throws InterruptedException {
        long first = Long.getLong("dengine.sim.first", FIRST_SEED);
        long seeds = Long.getLong("dengine.sim.seeds", SEEDS);
        LongStream chosen = LongStream.range(first, first + seeds);
        boolean gate = first == FIRST_SEED && seeds == SEEDS;
        long start = System.nanoTime();

        SeedRun run = threads.run(
                UnaryOperator.identity(),
                (gate ? LongStream.concat(chosen, LongStream.of(KeptSeeds.ALL)) : chosen).toArray());

        report(run, System.nanoTime() - start);
        if (gate) {
            assertThat(EnumSet.allOf(Kind.class))
                    .allSatisfy(kind -> assertThat(run.faults().of(kind))
                            .as("%s in %s", kind, run.faults())
                            .isGreaterThanOrEqualTo(kind.leastInGate()));
        }
    }

    /** The measure that simulators are compared by. */
    @Test
    void longRunsOfFiveNodesAreMeasured() throws InterruptedException {
        long[] seeds =
                LongStream.range(FIRST_LONG_SEED, FIRST_LONG_SEED + LONG_SEEDS).toArray();
        long start = System.nanoTime();

        SeedRun run = threads.run(
                swarm -> {
                    swarm.nodes = 5;
                    swarm.voters = 5;
                    swarm.churn = 0;
                    swarm.wildClock = Math.min(swarm.wildClock, 5);
                    swarm.faultyNanos = LONG_NANOS;
                    return swarm;
                },
                seeds);

        report(run, System.nanoTime() - start);
        assertThat(run.virtualSeconds()).isGreaterThanOrEqualTo(10 * LONG_SEEDS);
    }

    private void report(SeedRun run, long nanos) {
        double seconds = (double) nanos / TimeUnit.SECONDS.toNanos(1);
        LOG.info(
                "{} s, {} seeds/s on each of {} cores: {}",
                Math.round(seconds),
                "%.1f".formatted(run.runs() / seconds / threads.threads()),
                threads.threads(),
                run);
    }
}
