package io.dengine.benchmarks;

import java.util.Locale;

/** What is measured, with its unit. */
enum Figure {
    OPERATIONS("ops/s", 0),
    P50("p50 us", 0),
    P99("p99 us", 0),
    P999("p99.9 us", 0),
    CPU("CPU us/op", 2),
    CPU_WITHOUT_JIT("without JIT", 2),
    MEMORY("RSS MiB", 0),
    FAILURES("failed", 0),
    ALLOCATED("heap B/op", 0),
    FULL_COLLECTIONS("full GC", 0),
    DELIVERY_P50("event p50 us", 0),
    DELIVERY_P99("event p99 us", 0),
    GAP_P50("gap p50 ms", 0),
    GAP_LONGEST("gap max ms", 0),
    START("start s", 2),
    IDLE_CPU("% of a core, a node", 2),
    FSYNC_P50("fsync p50 us", 0),
    FSYNC_P99("fsync p99 us", 0),
    LOAD_AVERAGE("load", 2),
    STEAL("steal %", 1),
    OTHERS("others' CPU %", 1);

    private final String heading;
    private final int decimals;

    Figure(String heading, int decimals) {
        this.heading = heading;
        this.decimals = decimals;
    }

    String heading() {
        return heading;
    }

    String format(double value) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
