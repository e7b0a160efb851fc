package io.dengine.sim;

import java.util.function.LongSupplier;

/** One node's monotonic clock: starts anywhere and runs at its own rate. */
final class NodeClock implements LongSupplier {

    private static final long MILLION = 1_000_000;

    private final Scheduler scheduler;
    private final long offsetNanos;
    private final long driftPpm;
    private boolean inTurn;
    private long lagNanos;
    private long lastTurnReading = Long.MIN_VALUE;

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
        long reading = at(scheduler.now());
        if (inTurn) {
            reading = Math.max(lastTurnReading, reading - lagNanos);
            lastTurnReading = reading;
            lagNanos = 0;
        }
        return reading;
    }

    /**
     * The event loop begins a turn in which it reads the clock once, is held up for {@code lagNanos}, and then takes what has
     * arrived meanwhile: its first reading is old. Later ones, and those of other threads, are not.
     */
    void beginTurn(long lagNanos) {
        this.inTurn = true;
        this.lagNanos = lagNanos;
    }

    /** A process starts: none of its readings is older than this moment. */
    void beginLife() {
        lastTurnReading = at(scheduler.now());
    }

    void endTurn() {
        inTurn = false;
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
