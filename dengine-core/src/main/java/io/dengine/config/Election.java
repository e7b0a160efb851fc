package io.dengine.config;

import static io.dengine.config.InvalidConfigException.require;

import java.time.Duration;

/**
 * Leader election.
 *
 * @param timeout the least time without a leader's word after which a node campaigns; 10 ms or more, at least 3
 *     heartbeats. Default 1 s
 * @param heartbeat the time between a leader's heartbeats. Default a tenth of the timeout
 * @param maxClockDrift how much faster one node's monotonic clock may run than another's before LEASE reads can be
 *     stale; a fraction from 0 to below 0.5. Default 0.1
 */
public record Election(Duration timeout, Duration heartbeat, double maxClockDrift) implements Section {

    public static final Election DEFAULT = ofTimeout(Duration.ofSeconds(1));

    public Election {
        require(
                timeout.toMillis() >= 10,
                "election.timeout",
                timeout.toMillis() + " ms is too short",
                "Set 10 ms or more; 1 s suits most networks");
        require(
                heartbeat.toNanos() > 0 && heartbeat.multipliedBy(3).compareTo(timeout) <= 0,
                "election.heartbeat",
                heartbeat.toMillis() + " ms does not fit an election timeout of " + timeout.toMillis() + " ms",
                "Set it to at most a third of election.timeout, or leave it out");
        require(
                maxClockDrift >= 0 && maxClockDrift < 0.5,
                "election.max-clock-drift",
                maxClockDrift + " is out of range",
                "Set a fraction from 0 to below 0.5");
    }

    /** Returns these settings with the heartbeat derived. */
    public static Election ofTimeout(Duration timeout) {
        return new Election(timeout, timeout.dividedBy(10), 0.1);
    }
}
