package io.dengine.sim;

import java.util.random.RandomGenerator;

/**
 * What one run is like. Drawn from the seed, each feature on its own, so that runs differ in kind and not only in
 * order: one has no crashes at all, another nothing else. A directed profile changes some of it afterwards.
 */
final class Swarm {

    static final long MILLI = 1_000_000;

    /** The bound given to the engine; each clock's own rate is within half of it. */
    static final double MAX_CLOCK_DRIFT = 0.1;

    private static final long MAX_DRIFT_PPM = 45_000;

    int nodes;
    /** How many of the nodes begin the cluster; the others may join it. */
    int voters;

    long faultyNanos;

    // The engine's settings.
    final long electionTimeoutNanos = 100 * MILLI;
    long heartbeatNanos;
    int segmentBytes;
    long purgeEntries;
    long stateHashInterval;
    long snapshotBytesPerSecond;
    long snapshotKeepMillis;
    int maxAppendBytes;
    int maxInflightAppends;
    int maxApplyBytes;
    long maxCachedBytes;
    int historyEvents;
    int bufferedEvents;
    long requestTimeoutMillis;

    // The load.
    int clients;
    int keys;
    int valueBytes;
    long thinkNanos;
    double readShare;
    double ttlShare;
    double spontaneousFlush;

    // The network.
    long delayNanos;
    double slowMessage;
    double loss;
    double repeat;
    double corrupt;

    // The nodes.
    long maxDriftPpm;
    /** The number of the node whose clock runs outside the bound given to the engine; 0 for none. */
    int wildClock;
    /** How much faster than true time that clock runs, in parts per million. */
    long wildDriftPpm;

    long turnNanos;
    long syncNanos;
    double slowTurn;
    double stall;

    // The nemesis; weights of what it does, 0 for never.
    long calmNanos;
    int crash;
    int kill;
    int crashAll;
    int powerLoss;
    int pause;
    int cut;
    int syncError;
    int slowDisk;
    int fullDisk;
    int close;
    int transfer;
    int rot;
    /** Where nothing else may take a majority away, see {@link StateRot}. */
    int stateRot;

    /** How many bytes of rows wait in front of the table; 0 for none, where every row is read from the table itself. */
    int writeBehindBytes;

    /** See {@link Ambush}. */
    int ambush;

    int churn;
    /** Whether disks are lost; otherwise voters are removed. Both at once would take the quorum away, as it would from anyone. */
    boolean losesDisks;

    boolean bridges;
    double aimAtLeader;
    long downNanos;

    private Swarm() {}

    static Swarm of(long seed) {
        RandomGenerator random = new Seeds(seed).of("swarm", 0);
        Swarm swarm = new Swarm();
        boolean lengthy = random.nextInt(20) == 0;
        swarm.nodes = pick(random, 1, 3, 3, 3, 3, 3, 5, 5, 5, 7);
        swarm.faultyNanos = lengthy ? 6_000 * MILLI : (600 + random.nextInt(900)) * MILLI;
        swarm.drawEngine(random);
        swarm.drawLoad(random);
        swarm.drawWorld(random);
        swarm.drawNemesis(random);
        swarm.drawMore(new Seeds(seed).of("swarm", 1));
        swarm.drawSnapshots(new Seeds(seed).of("swarm", 2));
        swarm.drawMembers(new Seeds(seed).of("swarm", 3));
        swarm.drawStateRot(new Seeds(seed).of("swarm", 4));
        swarm.ambush = pick(new Seeds(seed).of("swarm", 5), 0, 1);
        swarm.writeBehindBytes = pick(new Seeds(seed).of("swarm", 6), 0, 500, 5_000, 1_000_000);
        return swarm;
    }

    private void drawEngine(RandomGenerator random) {
        heartbeatNanos = pick(random, 10, 20, 30) * MILLI;
        segmentBytes = pick(random, 512, 1024, 4096, 65_536);
        maxAppendBytes = pick(random, 1, 200, 2000, 100_000);
        maxInflightAppends = pick(random, 1, 2, 4);
        maxApplyBytes = pick(random, 1, 500, 100_000);
        maxCachedBytes = pick(random, 0, 1000, 1_000_000);
        historyEvents = pick(random, 4, 40, 1_000_000);
        bufferedEvents = pick(random, 1, 4, 1024);
        requestTimeoutMillis = pick(random, 150, 300, 600);
    }

    private void drawLoad(RandomGenerator random) {
        clients = pick(random, 1, 2, 4, 6);
        keys = pick(random, 1, 3, 8, 20);
        valueBytes = pick(random, 0, 20, 300, 3000);
        thinkNanos = pick(random, 2, 5, 20) * MILLI;
        readShare = pick(random, 20, 50, 80) / 100.0;
        ttlShare = pick(random, 0, 20, 60) / 100.0;
        spontaneousFlush = pick(random, 0, 2, 20) / 100.0;
    }

    private void drawWorld(RandomGenerator random) {
        delayNanos = pick(random, 100, 500, 2000, 8000) * MILLI / 1000;
        slowMessage = pick(random, 0, 0, 1, 5) / 100.0;
        loss = pick(random, 0, 0, 1, 5, 20) / 100.0;
        repeat = pick(random, 0, 0, 2, 20) / 100.0;
        maxDriftPpm = random.nextInt(4) == 0 ? 0 : MAX_DRIFT_PPM;
        turnNanos = pick(random, 10, 50, 200) * MILLI / 1000;
        syncNanos = pick(random, 100, 1000, 5000) * MILLI / 1000;
        slowTurn = pick(random, 0, 0, 1) / 100.0;
        stall = pick(random, 0, 0, 1, 4) / 100.0;
    }

    private void drawNemesis(RandomGenerator random) {
        calmNanos = pick(random, 20, 60, 150) * MILLI;
        crash = pick(random, 0, 1, 3);
        crashAll = pick(random, 0, 0, 1);
        powerLoss = pick(random, 0, 1, 3);
        pause = pick(random, 0, 1, 2);
        cut = pick(random, 0, 1, 4);
        syncError = pick(random, 0, 0, 1);
        slowDisk = pick(random, 0, 1);
        transfer = pick(random, 0, 0, 1);
        kill = pick(random, 0, 0, 1);
        fullDisk = pick(random, 0, 0, 0, 1);
        close = pick(random, 0, 0, 1);
        aimAtLeader = pick(random, 30, 60, 90) / 100.0;
        downNanos = pick(random, 20, 100, 300) * MILLI;
    }

    private void drawSnapshots(RandomGenerator random) {
        purgeEntries = pick(random, 5, 20, 60, 1_000_000);
        stateHashInterval = pick(random, 1, 7, 50);
        snapshotBytesPerSecond = pick(random, 1 << 20, 4 << 20, 1 << 30);
        snapshotKeepMillis = pick(random, 3000, 100_000);
        if (random.nextInt(4) == 0) {
            // Past the bytes of log that a follower is always worth: those that were away need a snapshot.
            valueBytes = 20_000;
            purgeEntries = 5;
            readShare = 0.2;
            downNanos = 300 * MILLI;
        }
    }

    private void drawMembers(RandomGenerator random) {
        voters = nodes;
        if (random.nextInt(3) == 0) {
            churn = pick(random, 1, 3, 10);
            losesDisks = random.nextBoolean();
            rot = losesDisks ? rot : 0;
            nodes = Math.min(7, nodes + pick(random, 0, 1, 2, 4));
        }
    }

    private void drawStateRot(RandomGenerator random) {
        // Where a snapshot takes seconds, so does the cure, and nothing is learnt meanwhile.
        boolean curable = valueBytes < 20_000 || snapshotBytesPerSecond == 1 << 30;
        if (nodes >= 3 && churn == 0 && rot == 0 && curable) {
            stateRot = pick(random, 0, 0, 0, 1, 3);
        }
    }

    /** Draws of its own: those above stay as they are. */
    private void drawMore(RandomGenerator random) {
        rot = pick(random, 0, 0, 0, 1);
        bridges = random.nextBoolean();
        corrupt = pick(random, 0, 0, 0, 1, 3) / 100.0;
        if (random.nextInt(8) == 0) {
            wildClock = 1 + random.nextInt(nodes);
            wildDriftPpm = (random.nextBoolean() ? 1 : -1) * (150_000L + random.nextInt(250_000));
        }
    }

    private static int pick(RandomGenerator random, int... values) {
        return values[random.nextInt(values.length)];
    }

    /** Returns whether a follower may be too slow for the load even in health: its calls can then time out. */
    boolean isThrottled() {
        boolean slow = delayNanos >= MILLI || syncNanos >= MILLI;
        return slow && (maxInflightAppends == 1 || maxAppendBytes < 2000 || valueBytes >= 3000);
    }

    /**
     * Returns whether an election, two round trips and two syncs, may take longer than the time by which candidates' timeouts differ:
     * then they disturb one another again and again, and only chance ends it. Raft promises a leader soon only where messages are fast
     * (Raft paper, section 5.6).
     */
    boolean isElectionSlow() {
        long longest = 4 * (delayNanos + delayNanos / 2) + 2 * 2 * syncNanos;
        return longest > electionTimeoutNanos / 2;
    }

    /** Takes all weights to 0: a run without faults but those a profile adds. */
    Swarm calm() {
        crash = 0;
        kill = 0;
        crashAll = 0;
        powerLoss = 0;
        pause = 0;
        cut = 0;
        syncError = 0;
        slowDisk = 0;
        fullDisk = 0;
        close = 0;
        transfer = 0;
        rot = 0;
        stateRot = 0;
        ambush = 0;
        churn = 0;
        corrupt = 0;
        wildClock = 0;
        loss = 0;
        repeat = 0;
        return this;
    }
}
