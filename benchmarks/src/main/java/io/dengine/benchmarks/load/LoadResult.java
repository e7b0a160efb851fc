package io.dengine.benchmarks.load;

import io.dengine.benchmarks.store.NodeSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a load came to while it was timed.
 *
 * @param operations those that were answered
 * @param failures those that failed
 * @param nanos how long it was timed
 * @param p50 the latency of half of them, ns
 * @param p99 of 99 of 100, ns
 * @param p999 of 999 of 1,000, ns
 * @param longestGap the longest time without an answer, ns
 * @param deliveryP50 from the begin of a write to its event, ns; 0 without watches
 * @param deliveryP99 the same, ns
 * @param allocated what the driver's process allocated on its heap, bytes; 0 where that is not known
 * @param fullCollections the full collections of the driver's process
 */
public record LoadResult(
        long operations,
        long failures,
        long nanos,
        long p50,
        long p99,
        long p999,
        long longestGap,
        long deliveryP50,
        long deliveryP99,
        long allocated,
        long fullCollections) {

    public double perSecond() {
        return operations * 1e9 / nanos;
    }

    /** Returns what {@link #parse} reads. */
    public String toLine() {
        return String.join(
                " ",
                "operations=" + operations,
                "failures=" + failures,
                "nanos=" + nanos,
                "p50=" + p50,
                "p99=" + p99,
                "p99.9=" + p999,
                "gap=" + longestGap,
                "delivery-p50=" + deliveryP50,
                "delivery-p99=" + deliveryP99,
                "allocated=" + allocated,
                "full-collections=" + fullCollections);
    }

    /** Reads a line of a driver, which may leave out what it does not measure. */
    public static LoadResult parse(List<String> words) {
        Map<String, Long> values = new LinkedHashMap<>();
        NodeSettings.words(words).forEach((name, value) -> values.put(name, Long.valueOf(value)));
        return new LoadResult(
                values.getOrDefault("operations", 0L),
                values.getOrDefault("failures", 0L),
                values.getOrDefault("nanos", 1L),
                values.getOrDefault("p50", 0L),
                values.getOrDefault("p99", 0L),
                values.getOrDefault("p99.9", 0L),
                values.getOrDefault("gap", 0L),
                values.getOrDefault("delivery-p50", 0L),
                values.getOrDefault("delivery-p99", 0L),
                values.getOrDefault("allocated", 0L),
                values.getOrDefault("full-collections", 0L));
    }
}
