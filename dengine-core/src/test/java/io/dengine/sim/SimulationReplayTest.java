package io.dengine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A seed is worth keeping only if it always leads the same way. */
class SimulationReplayTest {

    private static final long SEEDS = 40;

    private final QuietLog quiet = new QuietLog();

    @AfterEach
    void restoreLog() {
        quiet.close();
    }

    @Test
    void sameSeedTakesTheSameCourse() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Simulation.Outcome once = Simulation.run(seed);
            Simulation.Outcome again = Simulation.run(seed);

            assertThat(again.hash()).as("seed %d", seed).isEqualTo(once.hash());
            assertThat(again.events()).isEqualTo(once.events());
        }
    }

    @Test
    void differentSeedsTakeDifferentCourses() {
        Set<Long> hashes = new HashSet<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            hashes.add(Simulation.run(seed).hash());
        }

        assertThat(hashes).hasSize((int) SEEDS);
    }
}
