package io.dengine.transport.netty;

import java.util.random.RandomGenerator;

/** How long to wait before the next dial: from 50 ms, doubling to 500 ms, each shortened at random by up to a half. */
final class Backoff {

    static final long FIRST_MILLIS = 50;
    static final long MOST_MILLIS = 500;

    private final RandomGenerator random;
    private long ceilingMillis = FIRST_MILLIS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    long nextMillis() {
        long ceiling = ceilingMillis;
        ceilingMillis = Math.min(MOST_MILLIS, ceiling * 2);
        return ceiling / 2 + random.nextLong(ceiling / 2 + 1);
    }

    void reset() {
        ceilingMillis = FIRST_MILLIS;
    }
}
