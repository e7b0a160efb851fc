package io.dengine.benchmarks.load;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The longest time between two answers. Thread-safe; a time is rounded up to a quarter of a millisecond, so that the answers of
 * one such while do not contend for it.
 */
final class Gap {

    private static final long GRAIN_NANOS = 250_000;

    private volatile long last;
    private final AtomicLong longest = new AtomicLong();

    void begin(long now) {
        last = now;
        longest.set(0);
    }

    void answered(long now) {
        long since = now - last;
        if (since < GRAIN_NANOS) {
            return;
        }
        last = now;
        longest.accumulateAndGet(since, Math::max);
    }

    long end(long now) {
        answered(now);
        return longest.get();
    }
}
