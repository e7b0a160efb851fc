package io.dengine.benchmarks;

import io.dengine.benchmarks.report.BarChart;
import io.dengine.benchmarks.report.Json;
import io.dengine.benchmarks.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results of a command as files: a table, JSON, and a chart for each scenario. */
final class ResultFiles {

    private final Path directory;
    private final String command;

    /**
     * Prepares them.
     *
     * @param command what the user asked for, so that it can be asked for again
     */
    ResultFiles(Path directory, String command) {
        this.directory = directory;
        this.command = command;
    }

    /** Writes all files anew: what was measured so far survives whatever comes next. */
    void write(Results results) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.json"), json(results));
        Files.writeString(directory.resolve("results.md"), markdown(results));
        for (String scenario :
                results.runs().stream().map(Result::scenario).distinct().toList()) {
            List<BarChart.Bar> bars = bars(results, scenario);
            if (!bars.isEmpty()) {
                Files.writeString(directory.resolve(scenario + ".svg"), new BarChart(scenario, "ops/s", bars).toSvg());
            }
        }
    }

    private static List<BarChart.Bar> bars(Results results, String scenario) {
        List<BarChart.Bar> bars = new ArrayList<>();
        for (Result median : results.medians()) {
            Double value = median.figures().get(Figure.OPERATIONS);
            if (median.scenario().equals(scenario) && value != null) {
                bars.add(new BarChart.Bar(
                        median.system(),
                        value,
                        results.values(median.system(), scenario, Figure.OPERATIONS)
                                .min()
                                .orElse(value),
                        results.values(median.system(), scenario, Figure.OPERATIONS)
                                .max()
                                .orElse(value)));
            }
        }
        return bars;
    }

    private String json(Results results) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("command", command);
        all.put("machine", machine());
        all.put("medians", results.medians().stream().map(ResultFiles::map).toList());
        all.put("runs", results.runs().stream().map(ResultFiles::map).toList());
        return Json.of(all) + "\n";
    }

    static Map<String, Object> map(Result result) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("scenario", result.scenario());
        map.put("system", result.system());
        map.putAll(result.labels());
        result.figures().forEach((figure, value) -> map.put(figure.heading(), value));
        map.put("noisy", result.noisy());
        return map;
    }

    static String machine() {
        return System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + Runtime.getRuntime().availableProcessors() + " cores";
    }

    private String markdown(Results results) {
        long rounds = results.runs().stream()
                .filter(run -> run.scenario().equals(results.runs().get(0).scenario())
                        && run.system().equals(results.runs().get(0).system()))
                .count();
        StringBuilder text = new StringBuilder("# Results\n\n`" + command + "`\n\n" + machine() + "; " + rounds
                + " rounds, systems interleaved, medians of each figure.\n\n");
        List<Result> noisy = results.runs().stream().filter(Result::noisy).toList();
        if (!noisy.isEmpty()) {
            text.append("**Noisy machine**: in " + noisy.size() + " of "
                    + results.runs().size() + " runs other processes used more than " + Result.QUIET_OTHERS
                    + " % of the CPU, or the host took more than " + Result.QUIET_STEAL
                    + " %. These figures say little.\n\n");
        }
        return text.append(table(results.medians()).toMarkdown()).toString();
    }

    static Table table(List<Result> results) {
        List<String> labels = List.copyOf(results.get(0).labels().keySet());
        List<String> headings = new ArrayList<>(List.of("scenario", "system"));
        headings.addAll(labels);
        for (Figure figure : Figure.values()) {
            headings.add(figure.heading());
        }
        headings.add("noise");
        Table table = new Table(headings);
        for (Result result : results) {
            List<String> row = new ArrayList<>(List.of(result.scenario(), result.system()));
            labels.forEach(label -> row.add(result.labels().getOrDefault(label, "")));
            for (Figure figure : Figure.values()) {
                Double value = result.figures().get(figure);
                row.add(value == null ? "" : figure.format(value));
            }
            row.add(result.noisy() ? "noisy" : "");
            table.add(row);
        }
        return table;
    }
}
