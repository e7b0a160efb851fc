package io.dengine.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsTest {

    private final Results results = new Results();

    private void run(String scenario, String system, double operations) {
        results.add(new Result(scenario, system, Map.of(), Map.of(Figure.OPERATIONS, operations)));
    }

    @Test
    void eachFigureIsTheMedianOfItsRuns() {
        run("write-1", "a", 10);
        run("write-1", "b", 1000);
        run("write-1", "a", 30);
        run("write-1", "a", 20);

        assertThat(results.median("a", "write-1", Figure.OPERATIONS)).hasValue(20);
        assertThat(results.median("b", "write-1", Figure.OPERATIONS)).hasValue(1000);
    }

    @Test
    void anEvenNumberOfRunsHasItsMedianBetweenTheMiddleTwo() {
        run("write-1", "a", 10);
        run("write-1", "a", 20);

        assertThat(results.median("a", "write-1", Figure.OPERATIONS)).hasValue(15);
    }

    @Test
    void whatWasNotMeasuredHasNoMedian() {
        run("write-1", "a", 10);

        assertThat(results.median("a", "write-1", Figure.P50)).isEmpty();
        assertThat(results.median("a", "write-2", Figure.OPERATIONS)).isEmpty();
    }

    @Test
    void systemsOfOneScenarioStandTogether() {
        run("write-1", "a", 1);
        run("write-2", "a", 1);
        run("write-1", "b", 1);

        assertThat(results.medians()).extracting(Result::scenario).containsExactly("write-1", "write-1", "write-2");
    }

    @Test
    void aRunBesideOtherWorkIsNoisy() {
        Result quiet = new Result("s", "a", Map.of(), Map.of(Figure.OTHERS, 1.0, Figure.STEAL, 0.5));
        Result loaded = new Result("s", "a", Map.of(), Map.of(Figure.OTHERS, 6.0, Figure.STEAL, 0.0));
        Result stolen = new Result("s", "a", Map.of(), Map.of(Figure.OTHERS, 0.0, Figure.STEAL, 3.0));

        assertThat(quiet.noisy()).isFalse();
        assertThat(loaded.noisy()).isTrue();
        assertThat(stolen.noisy()).isTrue();
    }
}
