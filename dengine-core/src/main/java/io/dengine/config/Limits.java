package io.dengine.config;

import static io.dengine.config.InvalidConfigException.within;

import java.time.Duration;

/**
 * Bounds on what callers may ask. Beyond a bound a request is refused at once.
 *
 * @param maxKeyBytes the longest key, 1 to {@link #KEY_BYTES_BOUND}. Default 32 KiB, the greatest allowed
 * @param maxValueBytes the longest value, 1 to {@link #VALUE_BYTES_BOUND}. Default 1.5 MiB, the greatest allowed
 * @param maxPendingProposals the writes under way at this node, 1 to 10,000,000. Default 10,000
 * @param maxPendingBytes the bytes of keys and values of those writes, from one longest key and value to 1 TiB.
 *     Default 64 MiB
 * @param maxPendingReads the linearizable reads under way at this node, 1 to 10,000,000. Default 50,000
 * @param requestTimeout how long a request may wait for its answer, 1 ms to 1 day. Default 5 s
 */
public record Limits(
        int maxKeyBytes,
        int maxValueBytes,
        int maxPendingProposals,
        long maxPendingBytes,
        int maxPendingReads,
        Duration requestTimeout)
        implements Section {

    /** The longest key that any setting allows. */
    public static final int KEY_BYTES_BOUND = 32 * 1024;

    /** The longest value that any setting allows. */
    public static final int VALUE_BYTES_BOUND = 1536 * 1024;

    public static final Limits DEFAULT =
            new Limits(KEY_BYTES_BOUND, VALUE_BYTES_BOUND, 10_000, 64L << 20, 50_000, Duration.ofSeconds(5));

    public Limits {
        within("limits.max-key-bytes", maxKeyBytes, 1, KEY_BYTES_BOUND);
        within("limits.max-value-bytes", maxValueBytes, 1, VALUE_BYTES_BOUND);
        within("limits.max-pending-proposals", maxPendingProposals, 1, 10_000_000);
        within("limits.max-pending-bytes", maxPendingBytes, maxKeyBytes + (long) maxValueBytes, 1L << 40);
        within("limits.max-pending-reads", maxPendingReads, 1, 10_000_000);
        within(
                "limits.request-timeout",
                requestTimeout.toMillis(),
                1,
                Duration.ofDays(1).toMillis());
    }

    public Limits withRequestTimeout(Duration requestTimeout) {
        return new Limits(
                maxKeyBytes, maxValueBytes, maxPendingProposals, maxPendingBytes, maxPendingReads, requestTimeout);
    }
}
