package io.dengine.sim;

import io.dengine.sim.Faults.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As many seeds as fit into a time: what {@code verification/nightly/run} starts, one process a core. Violations do not
 * end it; they are written down, each with its seed.
 */
final class NightlyRun {

    private static final Logger LOG = LoggerFactory.getLogger("simulation");

    private NightlyRun() {}

    /**
     * Arguments: the first seed, the most seeds, the most seconds, and the file that gets a line of figures
     * ({@code name=value} by tabs) and a file of violations beside it.
     */
    public static void main(String[] args) throws IOException {
        long first = Long.parseLong(args[0]);
        long seeds = Long.parseLong(args[1]);
        long seconds = Long.parseLong(args[2]);
        Path figures = Path.of(args[3]);
        Path violations = figures.resolveSibling(figures.getFileName() + ".violations");
        long start = System.nanoTime();
        SeedRun run = new SeedRun();
        long broken = 0;
        long seed = first;
        QuietLog quiet = new QuietLog();
        try {
            while (seed < first + seeds && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(seconds)) {
                try {
                    run.run(seed);
                } catch (Violation violation) {
                    broken++;
                    append(violations, violation.getMessage() + System.lineSeparator());
                }
                seed++;
            }
        } finally {
            quiet.close();
        }
        StringBuilder line = new StringBuilder();
        add(line, "first", first);
        add(line, "next", seed);
        add(line, "seconds", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
        add(line, "runs", run.runs());
        add(line, "events", run.events());
        add(line, "virtualSeconds", run.virtualSeconds());
        add(line, "withLeaderChange", run.withLeaderChange());
        add(line, "violations", broken);
        for (Kind kind : Kind.values()) {
            add(line, kind.name(), run.faults().of(kind));
        }
        append(figures, line.append(System.lineSeparator()).toString());
        LOG.info("seeds {} to {}: {} violations; {}", first, seed - 1, broken, run);
    }

    private static void add(StringBuilder line, String name, long value) {
        line.append(line.isEmpty() ? "" : "\t").append(name).append('=').append(value);
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
