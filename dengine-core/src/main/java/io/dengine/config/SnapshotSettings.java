package io.dengine.config;

import static io.dengine.config.InvalidConfigException.within;

import java.time.Duration;

/**
 * Snapshots, which feed a node that the log no longer reaches, and the comparison of replicas.
 *
 * @param maxBytesPerSecond what a node sends of its snapshots in a second, to all others together, 64 KiB to 1 TiB.
 *     Default 64 MiB
 * @param keep how long a snapshot is kept for others, 1 ms to 30 days; one that is being fetched stays,
 *     up to ten times as long. It holds on to disk space that the store has given up since. Default 10 min
 * @param stateHashInterval the entries after which replicas compare the hash of their state, 1 or more; the same on
 *     every node. Default 10,000
 */
public record SnapshotSettings(long maxBytesPerSecond, Duration keep, long stateHashInterval) implements Section {

    public static final SnapshotSettings DEFAULT = new SnapshotSettings(64L << 20, Duration.ofMinutes(10), 10_000);

    public SnapshotSettings {
        within("snapshots.max-bytes-per-second", maxBytesPerSecond, 64 << 10, 1L << 40);
        within("snapshots.keep", keep.toMillis(), 1, Duration.ofDays(30).toMillis());
        within("snapshots.state-hash-interval", stateHashInterval, 1, Long.MAX_VALUE);
    }
}
