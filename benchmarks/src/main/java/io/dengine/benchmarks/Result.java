package io.dengine.benchmarks;

import io.dengine.benchmarks.load.Workload;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One run, or the medians of several.
 *
 * @param scenario what was measured
 * @param system on what
 * @param labels what else describes the run, in the order of the table's columns
 * @param figures what came out; what does not belong to the scenario is not in it
 */
record Result(String scenario, String system, Map<String, String> labels, Map<Figure, Double> figures) {

    /** The share of the machine that others may use before a run is called noisy, percent. */
    static final double QUIET_OTHERS = 5;

    /** As above for the host. */
    static final double QUIET_STEAL = 2;

    Result {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        figures = Collections.unmodifiableMap(new EnumMap<>(figures));
    }

    static Map<String, String> labels(SystemKind kind, SystemSpec spec, String version, Scenario scenario) {
        Workload load = scenario.load();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("version", version);
        labels.put("JDK", kind.jvm() ? Runtime.version().toString() : "-");
        labels.put("durability", kind.durability(spec));
        labels.put("state", kind.jvm() ? spec.state().name().toLowerCase(Locale.ROOT) : "its own");
        labels.put("processes", spec.oneProcess() ? "1" : "3");
        labels.put("in flight", String.valueOf(load.window()));
        labels.put("key B", String.valueOf(Workload.KEY_BYTES));
        labels.put("value B", String.valueOf(load.valueBytes()));
        return labels;
    }

    boolean noisy() {
        return figures.getOrDefault(Figure.OTHERS, 0.0) > QUIET_OTHERS
                || figures.getOrDefault(Figure.STEAL, 0.0) > QUIET_STEAL;
    }
}
