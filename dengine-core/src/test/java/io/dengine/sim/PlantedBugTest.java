package io.dengine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A simulator that finds nothing proves something only if it would have. */
class PlantedBugTest {

    private static final long MOST_SEEDS = 1000;

    private final QuietLog quiet = new QuietLog();

    @AfterEach
    void restoreLog() {
        quiet.close();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void plantedBugIsFound(PlantedBug bug) {
        Violation found = null;
        for (long seed = 1; seed <= MOST_SEEDS && found == null; seed++) {
            found = violationOf(seed, bug);
        }
        assertThat(found).as("%s within %d seeds", bug, MOST_SEEDS).isNotNull();
        assertThat(found).hasMessageContaining("-Ddengine.sim.first=");
    }

    private static Violation violationOf(long seed, PlantedBug bug) {
        try {
            Simulation.run(seed, bug.profile(Swarm.of(seed)), bug);
            return null;
        } catch (Violation violation) {
            return violation;
        }
    }
}
