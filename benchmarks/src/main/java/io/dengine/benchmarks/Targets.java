package io.dengine.benchmarks;

import io.dengine.benchmarks.report.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/** What dengine is to reach, each row against figures of the same rounds. */
final class Targets {

    private static final String US = "dengine";
    private static final String US_GRPC = "dengine-grpc";
    private static final String DENGINE_RS = "d-engine";
    private static final String DENGINE_RS_GRPC = "d-engine-grpc";
    private static final String JGROUPS = "jgroups-raft";
    private static final String JRAFT = "sofa-jraft";
    private static final String ETCD = "etcd";

    /**
     * What a row came to.
     *
     * @param measured for the user
     */
    private record Outcome(String measured, boolean met) {}

    /** Judges a row. */
    @FunctionalInterface
    private interface Judge {

        /** Returns the outcome; empty if a figure is not there. */
        Optional<Outcome> judge(Results results);
    }

    /**
     * One row.
     *
     * @param needs what is to be run for it, as {@code scenario system}
     */
    private record Row(String id, String target, List<String> needs, Judge judge) {}

    private final List<Row> rows;
    private final double warmUp;
    private final double seconds;

    /**
     * Prepares them.
     *
     * @param only the ids to measure; one that is empty stands for all
     */
    Targets(List<String> only, double warmUp, double seconds) {
        List<Row> all = all();
        List<String> ids = all.stream().map(Row::id).toList();
        for (String id : only) {
            if (!id.isEmpty() && !ids.contains(id)) {
                throw new IllegalArgumentException("no such target: " + id + "; there are " + ids);
            }
        }
        this.rows = all.stream()
                .filter(row -> only.contains("") || only.contains(row.id()))
                .toList();
        this.warmUp = warmUp;
        this.seconds = seconds;
    }

    private static List<Row> all() {
        return List.of(
                writesOnTheJvm(),
                new Row(
                        "W-dengine",
                        ">= 1.2x d-engine",
                        List.of("write-100 " + US, "write-100 " + DENGINE_RS),
                        results -> atLeast(results, "write-100", US, DENGINE_RS, 1.2)),
                singleWrites(),
                new Row(
                        "R-lin",
                        ">= 1x d-engine",
                        List.of("linearizable-100 " + US, "linearizable-100 " + DENGINE_RS),
                        results -> atLeast(results, "linearizable-100", US, DENGINE_RS, 1)),
                new Row(
                        "R-local",
                        "lease and local >= 1.2x d-engine",
                        List.of(
                                "lease-100 " + US,
                                "lease-100 " + DENGINE_RS,
                                "local-100 " + US,
                                "local-100 " + DENGINE_RS),
                        results -> allOf(
                                atLeast(results, "lease-100", US, DENGINE_RS, 1.2),
                                atLeast(results, "local-100", US, DENGINE_RS, 1.2))),
                grpc(),
                new Row(
                        "C-cpu",
                        "<= 10 us CPU a write",
                        List.of("write-512 " + US),
                        results -> atMost(results.median(US, "write-512", Figure.CPU_WITHOUT_JIT), 10, "%.1f us")),
                new Row(
                        "S-growth",
                        "<= 1.5x cost, 10^3 to 10^7 keys",
                        List.of("growth-1000 " + US, "growth-10000000 " + US),
                        Targets::growth),
                new Row(
                        "S-watch",
                        ">= 0.9x the writes without watchers",
                        List.of("watch-0 " + US, "watch-100000 " + US),
                        results -> ratioAtLeast(
                                results.median(US, "watch-100000", Figure.OPERATIONS),
                                results.median(US, "watch-0", Figure.OPERATIONS),
                                0.9,
                                "writes")),
                new Row(
                        "F-failover",
                        "kill p99 < 2 s, transfer p99 < 50 ms",
                        List.of("failover " + US_GRPC, "transfer " + US_GRPC),
                        // Of some tens of trials the longest is the 99th percentile.
                        results -> allOf(
                                below(
                                        results.values(US_GRPC, "failover", Figure.GAP_LONGEST)
                                                .max(),
                                        2000,
                                        "kill %.0f ms"),
                                below(
                                        results.values(US_GRPC, "transfer", Figure.GAP_LONGEST)
                                                .max(),
                                        50,
                                        "transfer %.0f ms"))),
                new Row(
                        "F-restart",
                        "< 5 s with 1 GiB of log",
                        List.of("restart-1024 " + US),
                        results -> below(results.median(US, "restart-1024", Figure.START), 5, "%.1f s")),
                new Row(
                        "I-idle",
                        "< 1 % of a core, a node",
                        List.of("idle " + US),
                        results -> below(results.median(US, "idle", Figure.IDLE_CPU), 1, "%.2f %%")),
                new Row("A-alloc", "no full GC in 10 min", List.of("soak-600 " + US), results -> {
                    OptionalDouble bytes = results.median(US, "soak-600", Figure.ALLOCATED);
                    OptionalDouble full = results.values(US, "soak-600", Figure.FULL_COLLECTIONS)
                            .max();
                    return bytes.isEmpty() || full.isEmpty()
                            ? Optional.empty()
                            : Optional.of(new Outcome(
                                    text("%.0f B/op, %.0f full", bytes.getAsDouble(), full.getAsDouble()),
                                    full.getAsDouble() == 0));
                }));
    }

    private static Row writesOnTheJvm() {
        List<String> options = List.of("+hash", "+1jvm+hash", "", "+1jvm");
        List<String> needs = new ArrayList<>();
        for (String scenario : List.of("write-64", "write-512")) {
            for (String option : options) {
                for (String system : List.of(US, JGROUPS, JRAFT)) {
                    needs.add(scenario + " " + system + option);
                }
            }
        }
        return new Row("W-jvm", ">= 1.2x jgroups-raft, >= 2x sofa-jraft", needs, results -> {
            List<Optional<Outcome>> outcomes = new ArrayList<>();
            for (String scenario : List.of("write-64", "write-512")) {
                for (String option : options) {
                    outcomes.add(atLeast(results, scenario, US + option, JGROUPS + option, 1.2));
                    outcomes.add(atLeast(results, scenario, US + option, JRAFT + option, 2));
                }
            }
            return allOf(outcomes);
        });
    }

    private static Row singleWrites() {
        return new Row(
                "W-single",
                "p50 <= 2 fsync p50 + 100 us, >= 1x jgroups-raft",
                List.of("write-1 " + US, "write-1 " + JGROUPS),
                results -> {
                    OptionalDouble flush = results.median(US, "write-1", Figure.FSYNC_P50);
                    OptionalDouble p50 = results.median(US, "write-1", Figure.P50);
                    return flush.isEmpty()
                            ? Optional.empty()
                            : allOf(
                                    atMost(
                                            p50,
                                            2 * flush.getAsDouble() + 100,
                                            "p50 %.0f us, fsync " + text("%.0f us", flush.getAsDouble())),
                                    atLeast(results, "write-1", US, JGROUPS, 1));
                });
    }

    private static Row grpc() {
        List<String> needs = new ArrayList<>();
        List<String> scenarios = List.of("write-200", "linearizable-200", "local-200");
        for (String scenario : scenarios) {
            Stream.of(US_GRPC, DENGINE_RS_GRPC, ETCD).forEach(system -> needs.add(scenario + " " + system));
        }
        return new Row("G-grpc", ">= 3x d-engine standalone, >= 1.2x etcd", needs, results -> {
            List<Optional<Outcome>> outcomes = new ArrayList<>();
            for (String scenario : scenarios) {
                outcomes.add(atLeast(results, scenario, US_GRPC, DENGINE_RS_GRPC, 3));
                outcomes.add(atLeast(results, scenario, US_GRPC, ETCD, 1.2));
            }
            return allOf(outcomes);
        });
    }

    /** Time and CPU of an operation both count. */
    private static Optional<Outcome> growth(Results results) {
        String small = "growth-1000";
        String large = "growth-10000000";
        OptionalDouble slower =
                ratio(results.median(US, small, Figure.OPERATIONS), results.median(US, large, Figure.OPERATIONS));
        OptionalDouble dearer = ratio(
                results.median(US, large, Figure.CPU_WITHOUT_JIT), results.median(US, small, Figure.CPU_WITHOUT_JIT));
        return allOf(atMost(slower, 1.5, "time %.2fx"), atMost(dearer, 1.5, "CPU %.2fx"));
    }

    private static Optional<Outcome> atLeast(
            Results results, String scenario, String system, String peer, double times) {
        return ratioAtLeast(
                results.median(system, scenario, Figure.OPERATIONS),
                results.median(peer, scenario, Figure.OPERATIONS),
                times,
                scenario + " " + peer);
    }

    private static Optional<Outcome> ratioAtLeast(
            OptionalDouble ours, OptionalDouble theirs, double times, String name) {
        OptionalDouble ratio = ratio(ours, theirs);
        return ratio.isEmpty()
                ? Optional.empty()
                : Optional.of(new Outcome(name + text(" %.2fx", ratio.getAsDouble()), ratio.getAsDouble() >= times));
    }

    private static OptionalDouble ratio(OptionalDouble of, OptionalDouble to) {
        return of.isEmpty() || to.isEmpty() || to.getAsDouble() <= 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(of.getAsDouble() / to.getAsDouble());
    }

    private static Optional<Outcome> atMost(OptionalDouble value, double bound, String format) {
        return value.isEmpty()
                ? Optional.empty()
                : Optional.of(new Outcome(text(format, value.getAsDouble()), value.getAsDouble() <= bound));
    }

    private static Optional<Outcome> below(OptionalDouble value, double bound, String format) {
        return value.isEmpty()
                ? Optional.empty()
                : Optional.of(new Outcome(text(format, value.getAsDouble()), value.getAsDouble() < bound));
    }

    private static Optional<Outcome> allOf(Optional<Outcome> first, Optional<Outcome> second) {
        return allOf(List.of(first, second));
    }

    /** Returns what all say together; what is there is shown, and the row is met only if nothing is missing. */
    private static Optional<Outcome> allOf(List<Optional<Outcome>> outcomes) {
        List<Outcome> there = outcomes.stream().flatMap(Optional::stream).toList();
        if (there.isEmpty()) {
            return Optional.empty();
        }
        List<String> texts =
                new ArrayList<>(there.stream().map(Outcome::measured).toList());
        boolean complete = there.size() == outcomes.size();
        if (!complete) {
            texts.add((outcomes.size() - there.size()) + " not measured");
        }
        return Optional.of(
                new Outcome(String.join("; ", texts), complete && there.stream().allMatch(Outcome::met)));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Returns what is to be run, each once; says which systems are not there, and leaves them out. */
    List<Rounds.Step> steps(Systems systems, PrintStream out) {
        Set<Rounds.Step> steps = new LinkedHashSet<>();
        Set<String> missing = new LinkedHashSet<>();
        for (Row row : rows) {
            for (String need : row.needs()) {
                String scenario = need.substring(0, need.indexOf(' '));
                SystemSpec spec = SystemSpec.parse(need.substring(need.indexOf(' ') + 1));
                List<String> lacking = systems.of(spec).missing();
                missing.addAll(lacking);
                if (lacking.isEmpty()) {
                    steps.add(new Rounds.Step(Scenario.parse(scenario, warmUp, seconds), spec));
                }
            }
        }
        missing.forEach(out::println);
        return List.copyOf(steps);
    }

    /**
     * Prints a line for each row; returns whether every one is met. What was measured of each is kept in a file of its own, and
     * {@code targets.json} made of all these: the rows of this run, and those of earlier ones that were left out.
     */
    boolean report(Results results, Path directory, PrintStream out) throws IOException {
        Path kept = directory.resolve("rows");
        Files.createDirectories(kept);
        boolean all = true;
        for (Row row : rows) {
            Optional<Outcome> outcome = row.judge().judge(results);
            boolean met = outcome.isPresent() && outcome.get().met();
            all &= met;
            out.printf(
                    "%-10s | %-48s | %s%n",
                    row.id(),
                    row.target(),
                    outcome.map(known -> known.measured() + " | " + (met ? "met" : "missed"))
                            .orElse("- | missed (not measured)"));
            if (outcome.isEmpty() && Files.exists(file(kept, row))) {
                continue; // what was measured where it could be says more
            }
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("id", row.id());
            line.put("target", row.target());
            line.put("measured", outcome.map(Outcome::measured).orElse("not measured"));
            line.put("met", met);
            line.put("machine", ResultFiles.machine());
            line.put("medians", medians(row, results));
            Files.writeString(file(kept, row), Json.of(line) + "\n");
        }
        long noisy = results.runs().stream().filter(Result::noisy).count();
        if (noisy > 0) {
            out.println(
                    "Noisy machine: in " + noisy + " of " + results.runs().size() + " runs; these figures say little.");
        }
        List<Json.Written> lines = new ArrayList<>();
        for (Row row : all()) {
            if (Files.exists(file(kept, row))) {
                lines.add(new Json.Written(Files.readString(file(kept, row))));
            }
        }
        Files.writeString(directory.resolve("targets.json"), Json.of(Map.of("targets", lines)) + "\n");
        return all;
    }

    private static Path file(Path directory, Row row) {
        return directory.resolve(row.id() + ".json");
    }

    private static List<Map<String, Object>> medians(Row row, Results results) {
        return results.medians().stream()
                .filter(median -> row.needs().contains(median.scenario() + " " + median.system()))
                .map(ResultFiles::map)
                .toList();
    }
}
