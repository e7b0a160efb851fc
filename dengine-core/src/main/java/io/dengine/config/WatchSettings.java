package io.dengine.config;

import static io.dengine.config.InvalidConfigException.within;

import java.time.Duration;

/**
 * Watches and their history. The history ends at whichever of its bounds is met first.
 *
 * @param historyEvents the most past changes kept, 1 or more. Default 1,000,000
 * @param historyBytes the most bytes of past changes kept, 64 KiB to 1 TiB. Default 256 MiB
 * @param historyAge how long past changes are kept, 1 ms to 3,650 days. Default 1 h
 * @param maxWatches the most watches at this node, 1 to 100,000,000. Default 200,000
 * @param bufferedEvents the changes that wait for one watch in memory, 1 to 1,000,000; beyond it the watch catches up
 *     from the history. Default 1,024
 * @param progressInterval how often an idle watch is told how far it has come, 1 ms to 1 day. Default 1 s
 */
public record WatchSettings(
        int historyEvents,
        long historyBytes,
        Duration historyAge,
        int maxWatches,
        int bufferedEvents,
        Duration progressInterval)
        implements Section {

    public static final WatchSettings DEFAULT =
            new WatchSettings(1_000_000, 256L << 20, Duration.ofHours(1), 200_000, 1024, Duration.ofSeconds(1));

    public WatchSettings {
        within("watch.history-events", historyEvents, 1, Integer.MAX_VALUE);
        within("watch.history-bytes", historyBytes, 64 << 10, 1L << 40);
        within(
                "watch.history-age",
                historyAge.toMillis(),
                1,
                Duration.ofDays(3650).toMillis());
        within("watch.max-watches", maxWatches, 1, 100_000_000);
        within("watch.buffered-events", bufferedEvents, 1, 1_000_000);
        within(
                "watch.progress-interval",
                progressInterval.toMillis(),
                1,
                Duration.ofDays(1).toMillis());
    }
}
