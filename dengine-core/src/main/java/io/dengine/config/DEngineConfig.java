package io.dengine.config;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All settings of one node. Valid once constructed; every {@code with} method returns a changed copy. Defaults are those
 * of the {@code DEFAULT} constants and of {@link #embedded}. Thread-safe.
 *
 * @param nodeId this node; one of the members
 * @param dataDir where the node keeps everything; created if missing
 * @param clusterName names the cluster: nodes and directories of different clusters refuse each other
 * @param members every voting member with its peer address, up to 7, of a cluster that is to begin; empty for a single node, and
 *     for one that joins a cluster. What a node has on disk goes before it: members change while the cluster runs
 * @param durability when a write counts as safe
 * @param stateStore where the key-value table lives
 * @param election times of leader election
 * @param limits bounds on what callers may ask
 * @param log the replicated log
 * @param watch watches and their history
 * @param peering how this node is reached, and how it gets into a cluster that runs already
 * @param snapshots snapshots, and the comparison of replicas
 */
public record DEngineConfig(
        NodeId nodeId,
        Path dataDir,
        String clusterName,
        SortedMap<NodeId, PeerAddress> members,
        Durability durability,
        StateStore stateStore,
        Election election,
        Limits limits,
        Log log,
        WatchSettings watch,
        Peering peering,
        Snapshots snapshots) {

    /** The cluster name where none is given. */
    public static final String DEFAULT_CLUSTER_NAME = "dengine";

    public DEngineConfig {
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
        require(!clusterName.isBlank(), "cluster.name", "it is blank", "Give the cluster a name");
        int count = members.size();
        require(
                count <= 7,
                "cluster.members",
                "there are " + count + " members",
                "List 1, 3, 5 or 7 members; more voters only make writes slower");
        require(
                peering.join().isEmpty() || (count == 0 && peering.address() != null),
                "cluster.join",
                count > 0 ? "cluster.members is set as well" : "cluster.address is not set",
                "A node that joins needs its own cluster.address, and learns the members from the cluster");
        require(
                count == 0 || members.containsKey(nodeId),
                "node.id",
                nodeId + " is not one of the members " + members.keySet(),
                "Set it to the id under which this node is listed in cluster.members");
        require(
                members.values().stream().distinct().count() == count,
                "cluster.members",
                "two members have the same address: " + members,
                "Give each member an address of its own");
        require(
                durability != Durability.MEMORY || stateStore == StateStore.MEMORY,
                "durability",
                "MEMORY keeps nothing on disk, but the state store is " + stateStore,
                "Set the state store to MEMORY as well");
    }

    /** Returns the settings of a single node that keeps its data in {@code dataDir} and listens nowhere. */
    public static DEngineConfig embedded(Path dataDir) {
        return new DEngineConfig(
                NodeId.of(1),
                dataDir,
                DEFAULT_CLUSTER_NAME,
                new TreeMap<>(),
                Durability.FSYNC,
                StateStore.ROCKSDB,
                Election.DEFAULT,
                Limits.DEFAULT,
                Log.DEFAULT,
                WatchSettings.DEFAULT,
                Peering.DEFAULT,
                Snapshots.DEFAULT);
    }

    /** Returns the settings of one member of a cluster. */
    public static DEngineConfig member(int nodeId, Path dataDir, String clusterName, Map<NodeId, PeerAddress> members) {
        DEngineConfig single = embedded(dataDir);
        return new DEngineConfig(
                NodeId.of(nodeId),
                dataDir,
                clusterName,
                new TreeMap<>(members),
                single.durability,
                single.stateStore,
                single.election,
                single.limits,
                single.log,
                single.watch,
                single.peering,
                single.snapshots);
    }

    public DEngineConfig withDurability(Durability durability) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withStateStore(StateStore stateStore) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withElection(Election election) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withLimits(Limits limits) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withLog(Log log) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withWatch(WatchSettings watch) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withPeering(Peering peering) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    public DEngineConfig withSnapshots(Snapshots snapshots) {
        return new DEngineConfig(
                nodeId,
                dataDir,
                clusterName,
                members,
                durability,
                stateStore,
                election,
                limits,
                log,
                watch,
                peering,
                snapshots);
    }

    /** Returns where other nodes reach this one; null if it listens nowhere. */
    public @Nullable PeerAddress address() {
        return peering.address() == null ? members.get(nodeId) : peering.address();
    }

    /** Returns where this node may ask to be taken in: the nodes to join, or else the other members. */
    public List<PeerAddress> seeds() {
        if (!peering.join().isEmpty()) {
            return peering.join();
        }
        SortedMap<NodeId, PeerAddress> others = new TreeMap<>(members);
        others.remove(nodeId);
        return List.copyOf(others.values());
    }

    /** Returns the membership that a node without data begins with: that of its new cluster, or none if it is to join one. */
    public Membership firstMembership() {
        if (!peering.join().isEmpty()) {
            return Membership.NONE;
        }
        SortedMap<NodeId, Member> voters = new TreeMap<>();
        members.forEach((id, address) -> voters.put(id, Member.of(id, address.toString(), null)));
        PeerAddress own = address();
        voters.put(nodeId, Member.of(nodeId, own == null ? "" : own.toString(), null));
        return Membership.ofVoters(voters);
    }

    /**
     * How this node is reached, and how it gets into a cluster that runs already.
     *
     * @param address where other nodes reach this one; null takes it from {@code members}. A single node without one listens
     *     nowhere and cannot be joined
     * @param bind where this node listens, if that is not its address; null for the address
     * @param join members of a running cluster, one of which must be up, that take this node in; empty for a node that begins a
     *     cluster. Asked only while there is no data
     * @param readOnly whether it stays a learner, that is, never votes
     * @param replaces the voter whose place it takes; null if none
     */
    public record Peering(
            @Nullable PeerAddress address,
            @Nullable PeerAddress bind,
            List<PeerAddress> join,
            boolean readOnly,
            @Nullable NodeId replaces) {

        public static final Peering DEFAULT = new Peering(null, null, List.of(), false, null);

        public Peering {
            join = List.copyOf(join);
            require(
                    replaces == null || (!join.isEmpty() && !readOnly),
                    "cluster.replaces",
                    "only a node that joins, and will vote, can replace another",
                    "Set cluster.join, or leave cluster.replaces out");
        }

        /** Returns the settings of a node that others may join. */
        public static Peering at(PeerAddress address) {
            return new Peering(address, null, List.of(), false, null);
        }

        /** Returns the settings of a node that joins a cluster. */
        public static Peering joining(PeerAddress address, List<PeerAddress> seeds) {
            return new Peering(address, null, seeds, false, null);
        }
    }

    /**
     * Leader election.
     *
     * @param timeout the least time without a leader's word after which a node campaigns; 10 ms or more, at least 3
     *     heartbeats. Default 1 s
     * @param heartbeat the time between a leader's heartbeats. Default a tenth of the timeout
     * @param maxClockDrift how much faster one node's monotonic clock may run than another's before LEASE reads can be
     *     stale; a fraction from 0 to below 0.5. Default 0.1
     */
    public record Election(Duration timeout, Duration heartbeat, double maxClockDrift) {

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
            Duration requestTimeout) {

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
    public record Log(
            long segmentBytes,
            int maxAppendBytes,
            int maxInflightAppends,
            long cacheBytes,
            long purgeBytes,
            long purgeEntries,
            Duration purgeAge) {

        public static final Log DEFAULT = new Log(64L << 20, 1 << 20, 4, 32L << 20, 256L << 20);

        /** The default count and age. */
        public Log(long segmentBytes, int maxAppendBytes, int maxInflightAppends, long cacheBytes, long purgeBytes) {
            this(
                    segmentBytes,
                    maxAppendBytes,
                    maxInflightAppends,
                    cacheBytes,
                    purgeBytes,
                    5_000_000,
                    Duration.ofHours(1));
        }

        public Log {
            within("log.segment-bytes", segmentBytes, 64 << 10, 1 << 30);
            within("log.max-append-bytes", maxAppendBytes, 1024, 16 << 20);
            within("log.max-inflight-appends", maxInflightAppends, 1, 64);
            within("log.cache-bytes", cacheBytes, 0, 1L << 40);
            within("log.purge-bytes", purgeBytes, segmentBytes, 1L << 50);
            within("log.purge-entries", purgeEntries, 1, Long.MAX_VALUE);
            within(
                    "log.purge-age",
                    purgeAge.toMillis(),
                    1,
                    Duration.ofDays(3650).toMillis());
        }
    }

    /**
     * Snapshots, which feed a node that the log no longer reaches, and the comparison of replicas.
     *
     * @param maxBytesPerSecond what a node sends of its snapshots in a second, to all others together, 64 KiB to 1 TiB.
     *     Default 64 MiB
     * @param keep how long a snapshot is kept for others, 1 ms to 30 days; one that is being fetched stays. It holds on
     *     to disk space that the store has given up since. Default 10 min
     * @param stateHashInterval the entries after which replicas compare the hash of their state, 1 or more; the same on
     *     every node. Default 10,000
     */
    public record Snapshots(long maxBytesPerSecond, Duration keep, long stateHashInterval) {

        public static final Snapshots DEFAULT = new Snapshots(64L << 20, Duration.ofMinutes(10), 10_000);

        public Snapshots {
            within("snapshots.max-bytes-per-second", maxBytesPerSecond, 64 << 10, 1L << 40);
            within("snapshots.keep", keep.toMillis(), 1, Duration.ofDays(30).toMillis());
            within("snapshots.state-hash-interval", stateHashInterval, 1, Long.MAX_VALUE);
        }
    }

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
            Duration progressInterval) {

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

    private static void within(String setting, long value, long least, long most) {
        require(
                value >= least && value <= most,
                setting,
                value + " is out of range",
                "Set a value from " + least + " to " + most);
    }

    private static void require(boolean condition, String setting, String problem, String action) {
        if (!condition) {
            throw new InvalidConfigException(setting, problem, action);
        }
    }
}
