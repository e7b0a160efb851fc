package io.dengine.sim;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** One generator a concern, all drawn from the run's seed, so that a change in one leaves the others' draws as they were. */
final class Seeds {

    private final long seed;

    Seeds(long seed) {
        this.seed = seed;
    }

    /** Returns the generator of {@code concern}, such as "network", and of one of its kind. */
    RandomGenerator of(String concern, long number) {
        long mixed = (seed * 0x9E3779B97F4A7C15L)
                ^ (concern.hashCode() * 0xD1B54A32D192ED03L)
                ^ (number * 0x8CB92BA72F3D8DD7L);
        return new SplittableRandom(mixed ^ (mixed >>> 31));
    }
}
