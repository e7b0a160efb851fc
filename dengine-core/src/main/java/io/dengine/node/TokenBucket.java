package io.dengine.node;

/**
 * Bounds bytes per second: lets a taker in while what was taken before is paid for, but for a short burst; what the last
 * one takes may run into debt. Not thread-safe.
 */
final class TokenBucket {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** How far ahead of the rate takers may be. */
    static final long BURST_NANOS = 20_000_000L;

    private final double nanosPerByte;
    /** When all that was taken is paid for. */
    private long paidAtNanos;

    TokenBucket(long bytesPerSecond, long nowNanos) {
        this.nanosPerByte = (double) NANOS_PER_SECOND / bytesPerSecond;
        this.paidAtNanos = nowNanos;
    }

    /** Returns whether something may be taken now. */
    boolean isOpen(long nowNanos) {
        return nowNanos - openAtNanos() >= 0;
    }

    /** Returns when something may be taken next. */
    long openAtNanos() {
        return paidAtNanos - BURST_NANOS;
    }

    void take(long bytes, long nowNanos) {
        paidAtNanos = Math.max(paidAtNanos, nowNanos) + (long) (bytes * nanosPerByte);
    }
}
