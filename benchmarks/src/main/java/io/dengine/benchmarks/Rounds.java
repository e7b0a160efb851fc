package io.dengine.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Runs what is planned again and again, one of each a round, so that what the machine does in one minute hits all alike.
 */
final class Rounds {

    /** One scenario on one system. */
    record Step(Scenario scenario, SystemSpec spec) {}

    private final Systems systems;
    private final Path work;
    private final int trials;
    private final PrintStream out;
    private final Set<Step> failed = new LinkedHashSet<>();

    /**
     * Prepares them.
     *
     * @param work where the nodes keep their data meanwhile; on the disk that is to be measured
     * @param trials how often a round kills a leader
     */
    Rounds(Systems systems, Path work, int trials, PrintStream out) {
        this.systems = systems;
        this.work = work;
        this.trials = trials;
        this.out = out;
    }

    /** Returns the steps that did not come to a result in some round. */
    Set<Step> failed() {
        return failed;
    }

    Results run(List<Step> steps, int rounds, ResultFiles files) throws IOException, InterruptedException {
        Results results = new Results();
        for (int round = 1; round <= rounds; round++) {
            for (Step step : steps) {
                out.printf(
                        "round %d of %d: %s on %s ... ",
                        round, rounds, step.scenario().name(), step.spec());
                out.flush();
                Path directory = work.resolve(step.scenario().name() + "-" + step.spec() + "-" + round);
                delete(directory);
                Optional<Result> result = measure(step, directory);
                if (result.isPresent()) {
                    results.add(result.get());
                    files.write(results);
                    out.println(summary(result.get()));
                    delete(directory);
                }
            }
        }
        return results;
    }

    /** Returns what came out; empty where it failed: then the others go on, and what the nodes wrote stays for whoever looks. */
    private Optional<Result> measure(Step step, Path directory) throws InterruptedException {
        try {
            return Optional.of(
                    new Measurement(step.scenario(), systems.of(step.spec()), step.spec(), trials, directory).run());
        } catch (IOException | UncheckedIOException | IllegalStateException | IllegalArgumentException e) {
            failed.add(step);
            out.println("FAILED: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static String summary(Result result) {
        StringBuilder text = new StringBuilder();
        for (Figure figure : Figure.values()) {
            Double value = result.figures().get(figure);
            if (value != null) {
                text.append(figure.heading() + " " + figure.format(value) + ", ");
            }
        }
        return text + (result.noisy() ? "NOISY" : "quiet");
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }
}
