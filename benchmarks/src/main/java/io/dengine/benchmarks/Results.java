package io.dengine.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/** All runs, in the order in which they were made. */
final class Results {

    private final List<Result> runs = new ArrayList<>();

    void add(Result run) {
        runs.add(run);
    }

    List<Result> runs() {
        return List.copyOf(runs);
    }

    /** Returns one result for each scenario and system, each figure the median of its runs, in the order of first runs. */
    List<Result> medians() {
        List<Result> medians = new ArrayList<>();
        for (Result run : runs) {
            if (medians.stream().noneMatch(median -> same(median, run.scenario(), run.system()))) {
                medians.add(median(run));
            }
        }
        // Systems of one scenario stand together, whatever the order of the runs.
        List<String> scenarios =
                medians.stream().map(Result::scenario).distinct().toList();
        medians.sort(Comparator.comparingInt(median -> scenarios.indexOf(median.scenario())));
        return medians;
    }

    private Result median(Result of) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        for (Figure figure : of.figures().keySet()) {
            median(of.system(), of.scenario(), figure).ifPresent(value -> figures.put(figure, value));
        }
        return new Result(of.scenario(), of.system(), of.labels(), figures);
    }

    OptionalDouble median(String system, String scenario, Figure figure) {
        double[] values = values(system, scenario, figure).sorted().toArray();
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        int middle = values.length / 2;
        return OptionalDouble.of(values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2);
    }

    DoubleStream values(String system, String scenario, Figure figure) {
        return Arrays.stream(runs.stream()
                .filter(run -> same(run, scenario, system) && run.figures().containsKey(figure))
                .mapToDouble(run -> run.figures().getOrDefault(figure, 0.0))
                .toArray());
    }

    private static boolean same(Result run, String scenario, String system) {
        return run.scenario().equals(scenario) && run.system().equals(system);
    }
}
