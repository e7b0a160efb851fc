package io.dengine.sim;

import java.util.function.LongSupplier;

/** One node's monotonic clock: starts anywhere and runs at its own rate. */
final class NodeClock implements LongSupplier {

    private static final long MILLION = 1_000_000;

    private final Scheduler scheduler;
    private final long offsetNanos;
    private final long driftPpm;

    /**
     * @param driftPpm how much faster than true time it runs, in parts per million
     */
    NodeClock(Scheduler scheduler, long offsetNanos, long driftPpm) {
        this.scheduler = scheduler;
        this.offsetNanos = offsetNanos;
        this.driftPpm = driftPpm;
    }

    @Override
    public long getAsLong() {
        return at(scheduler.now());
    }

    /** Returns how much it runs in a unit of true time. */
    double rate() {
        return 1 + driftPpm / (double) MILLION;
    }

    private long at(long trueNanos) {
        return offsetNanos + trueNanos + Math.floorDiv(trueNanos * driftPpm, MILLION);
    }

    /** Returns the first true time at which this clock shows {@code localNanos} or more; now if it does already. */
    long trueTimeOf(long localNanos) {
        long now = scheduler.now();
        long ahead = localNanos - at(now);
        if (ahead <= 0) {
            return now;
        }
        if (ahead > Long.MAX_VALUE / MILLION) {
            return Long.MAX_VALUE;
        }
        long time = now + ahead * MILLION / (MILLION + driftPpm);
        while (at(time) < localNanos) {
            time++;
        }
        return time;
    }
}
