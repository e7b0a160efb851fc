package io.dengine.check;

/** When a key that was set with a time to live may go. */
final class Ttl {

    private static final long NANOS_A_MILLI = 1_000_000;

    private Ttl() {}

    /** Returns the time before which what {@code setter} set cannot expire, be the clocks as fast as {@code fastestClock}. */
    static long earliestExpiryNanos(Call setter, double fastestClock) {
        long ttlMillis = ((Request.Setting) setter.request()).ttlMillis();
        return setter.calledNanos() + (long) (ttlMillis * NANOS_A_MILLI / fastestClock);
    }
}
