package io.dengine.raft;

/**
 * The core's settings. Times are nanoseconds on the caller's monotonic clock.
 *
 * @param electionTimeoutNanos the least time without contact after which a node campaigns; each timeout is drawn from
 *     [1x, 2x). Above {@code 2 * heartbeatNanos}
 * @param heartbeatNanos the time between heartbeats to each peer, above 0
 * @param maxClockDrift the bound on how much faster one node's clock may run than another's, as a fraction in [0, 0.5);
 *     a lease lasts {@code electionTimeoutNanos * (1 - maxClockDrift)} from the moment its heartbeat was sent
 * @param maxAppendBytes the payload bytes of one append request, above 0; one larger entry still travels alone
 * @param maxInflightAppends the append requests under way to one peer, 1 or more
 * @param maxApplyBytes the payload bytes handed out for apply in one {@link Ready}, above 0
 * @param maxCachedBytes the payload bytes of durable, applied entries kept in memory for peers, 0 or more
 */
public record RaftConfig(
        long electionTimeoutNanos,
        long heartbeatNanos,
        double maxClockDrift,
        int maxAppendBytes,
        int maxInflightAppends,
        int maxApplyBytes,
        long maxCachedBytes) {

    public RaftConfig {
        require(heartbeatNanos > 0, "heartbeatNanos > 0");
        require(electionTimeoutNanos > 2 * heartbeatNanos, "electionTimeoutNanos > 2 * heartbeatNanos");
        require(maxClockDrift >= 0 && maxClockDrift < 0.5, "0 <= maxClockDrift < 0.5");
        require(maxAppendBytes > 0 && maxApplyBytes > 0 && maxCachedBytes >= 0, "byte limits above 0");
        require(maxInflightAppends > 0, "maxInflightAppends > 0");
    }

    private static void require(boolean condition, String claim) {
        if (!condition) {
            throw new IllegalArgumentException("Raft settings: " + claim + " does not hold");
        }
    }
}
