package io.dengine.client.grpc;

import java.util.random.RandomGenerator;

/** Pauses between tries, and how many tries there may be in a second. Belongs to the loop. */
final class Backoff {

    private static final double NANOS_PER_SECOND = 1e9;

    private final ClientSettings.Retry settings;
    private final RandomGenerator random;
    private double tokens;
    private long filledAtNanos;

    Backoff(ClientSettings.Retry settings, RandomGenerator random, long nowNanos) {
        this.settings = settings;
        this.random = random;
        this.tokens = settings.maxPerSecond();
        this.filledAtNanos = nowNanos;
    }

    /** Returns the pause behind the {@code failures}th failure in a row, 1 or more. */
    long pauseNanos(int failures) {
        long longest = settings.maxBackoff().toNanos();
        int doublings = Math.min(failures - 1, 40);
        long first = settings.firstBackoff().toNanos();
        long pause = first > longest >> doublings ? longest : first << doublings;
        return jittered(pause);
    }

    /** Returns when to ask again for a try that the budget did not give. */
    long waitForBudgetNanos() {
        return jittered(settings.maxBackoff().toNanos());
    }

    private long jittered(long nanos) {
        return nanos - random.nextLong(nanos / 2 + 1);
    }

    /** Takes one try out of the budget; false where it is used up for now. */
    boolean tryTake(long nowNanos) {
        double gained = (nowNanos - filledAtNanos) / NANOS_PER_SECOND * settings.maxPerSecond();
        tokens = Math.min(settings.maxPerSecond(), tokens + gained);
        filledAtNanos = nowNanos;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}
