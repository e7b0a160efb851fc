package io.dengine.config;

import static io.dengine.config.InvalidConfigException.within;

import java.time.Duration;

/**
 * The replicated log.
 *
 * @param segmentBytes the size of a segment file, 64 KiB to 1 GiB. Default 64 MiB
 * @param maxAppendBytes the most bytes of entries in one message to a peer, 1 KiB to 16 MiB; a larger entry travels
 *     alone. Default 1 MiB
 * @param maxInflightAppends the messages under way to one peer, 1 to 64. Default 4
 * @param cacheBytes the most bytes of recent entries kept in memory for peers, 0 to 1 TiB. Default 32 MiB
 * @param purgeBytes the log bytes after which the state is flushed and the log purged, {@code segmentBytes} to 1 PiB.
 *     Default 256 MiB
 * @param purgeEntries the entries after which that is done, 1 or more. Default 5,000,000
 * @param purgeAge the time after which that is done, if anything was written; 1 ms to 3,650 days. Default 1 h
 */
public record LogSettings(
        long segmentBytes,
        int maxAppendBytes,
        int maxInflightAppends,
        long cacheBytes,
        long purgeBytes,
        long purgeEntries,
        Duration purgeAge)
        implements Section {

    public static final LogSettings DEFAULT = new LogSettings(64L << 20, 1 << 20, 4, 32L << 20, 256L << 20);

    /** The default count and age. */
    public LogSettings(
            long segmentBytes, int maxAppendBytes, int maxInflightAppends, long cacheBytes, long purgeBytes) {
        this(segmentBytes, maxAppendBytes, maxInflightAppends, cacheBytes, purgeBytes, 5_000_000, Duration.ofHours(1));
    }

    public LogSettings {
        within("log.segment-bytes", segmentBytes, 64 << 10, 1 << 30);
        within("log.max-append-bytes", maxAppendBytes, 1024, 16 << 20);
        within("log.max-inflight-appends", maxInflightAppends, 1, 64);
        within("log.cache-bytes", cacheBytes, 0, 1L << 40);
        within("log.purge-bytes", purgeBytes, segmentBytes, 1L << 50);
        within("log.purge-entries", purgeEntries, 1, Long.MAX_VALUE);
        within("log.purge-age", purgeAge.toMillis(), 1, Duration.ofDays(3650).toMillis());
    }
}
