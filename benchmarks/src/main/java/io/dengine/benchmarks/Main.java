package io.dengine.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The commands of {@code benchmarks/run} and {@code benchmarks/targets}. */
public final class Main {

    private static final String USAGE = """
            benchmarks/run --systems S,... --scenarios N,... [--rounds 3] [--seconds 10] [--warm-up 20]
                           [--trials 10] [--name DIRECTORY] [--work DIRECTORY]

            systems    dengine, dengine-grpc, etcd, jgroups-raft, sofa-jraft, ratis, d-engine, d-engine-grpc
                       behind a plus sign: hash (state in memory, not in RocksDB), 1jvm (all nodes in one process),
                       os-cache, memory (durability of dengine; sofa-jraft and jgroups-raft know os-cache)
            scenarios
            """ + Scenario.NAMES.indent(4);

    private final Path home;
    private final PrintStream out;

    private Main(Path home, PrintStream out) {
        this.home = home;
        this.out = out;
    }

    /** Runs the command that the first word names, and exits with 0 if all went well. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Main main = new Main(Path.of(System.getProperty("benchmarks.home", ".")).toAbsolutePath(), System.out);
        List<String> words = List.of(args);
        int status;
        try {
            status = switch (words.isEmpty() ? "" : words.get(0)) {
                case "run" -> main.measure(words.subList(1, words.size()));
                case "targets" -> main.targets(words.subList(1, words.size()));
                default -> throw new IllegalArgumentException("say run or targets");
            };
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + USAGE);
            status = 2;
        }
        System.exit(status);
    }

    private int measure(List<String> words) throws IOException, InterruptedException {
        Options options = new Options(
                words, Set.of("systems", "scenarios", "rounds", "seconds", "warm-up", "trials", "name", "work"));
        List<SystemSpec> specs = options.list("systems", "dengine").stream()
                .map(SystemSpec::parse)
                .toList();
        List<Rounds.Step> steps = new ArrayList<>();
        for (String name : options.list("scenarios", "write-1,write-100")) {
            Scenario scenario = Scenario.parse(name, options.number("warm-up", 20), options.number("seconds", 10));
            specs.forEach(spec -> steps.add(new Rounds.Step(scenario, spec)));
        }
        Systems systems = new Systems(home);
        List<String> missing = specs.stream()
                .flatMap(spec -> systems.of(spec).missing().stream())
                .toList();
        if (!missing.isEmpty()) {
            new LinkedHashSet<>(missing).forEach(out::println);
            return 2;
        }
        Path directory = home.resolve("results")
                .resolve(options.text(
                        "name",
                        LocalDateTime.now(ZoneId.systemDefault())
                                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss"))));
        Rounds rounds = rounds(systems, options);
        Results results = rounds.run(
                steps,
                (int) options.number("rounds", 3),
                new ResultFiles(directory, "benchmarks/run " + String.join(" ", words)));
        if (!results.runs().isEmpty()) {
            out.println("\n" + ResultFiles.table(results.medians()).toMarkdown());
            out.println("written to " + home.relativize(directory));
        }
        return rounds.failed().isEmpty() ? 0 : 1;
    }

    private int targets(List<String> words) throws IOException, InterruptedException {
        Options options = new Options(words, Set.of("only", "rounds", "seconds", "warm-up", "trials", "work"));
        Systems systems = new Systems(home);
        Targets targets =
                new Targets(options.list("only", ""), options.number("warm-up", 20), options.number("seconds", 10));
        Path directory = home.resolve("results");
        Rounds rounds = rounds(systems, options);
        Results results = rounds.run(
                targets.steps(systems, out),
                (int) options.number("rounds", 3),
                new ResultFiles(directory.resolve("targets"), "benchmarks/targets " + String.join(" ", words)));
        return targets.report(results, directory, out) ? 0 : 1;
    }

    private Rounds rounds(Systems systems, Options options) {
        Path work = Path.of(options.text("work", home.resolve("target/work").toString()))
                .toAbsolutePath();
        return new Rounds(systems, work, (int) options.number("trials", 10), out);
    }
}
