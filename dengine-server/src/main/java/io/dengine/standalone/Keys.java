package io.dengine.standalone;

import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The table of settings: each is declared here and nowhere else. What is read, and the reference in {@code
 * docs/configuration.md}, follow from it. Names are those of the Spring Boot properties.
 */
final class Keys {

    /** What a node that joins becomes. */
    enum JoinAs {
        VOTER,
        LEARNER
    }

    private static final List<Key<?>> DECLARED = new ArrayList<>();

    // ---- node ----
    static final Key<Integer> NODE_ID = key(
            "node.id",
            ValueType.INTEGER,
            config -> config.nodeId().value(),
            "1 or more",
            "This node. Needed as soon as members are listed or a cluster is joined; one of the members.");
    static final Key<Path> DATA_DIR = key(
            "node.data-dir",
            ValueType.PATH,
            DEngineConfig::dataDir,
            "",
            "Directory where the node keeps everything; created if missing. Each node needs one of its own.");

    // ---- cluster ----
    static final Key<String> CLUSTER_NAME = key(
            "cluster.name",
            ValueType.TEXT,
            DEngineConfig::clusterName,
            "",
            "Name of the cluster. Nodes and data directories of different clusters refuse each other.");
    /** A family: one setting for each member, named by its id. */
    static final Key<PeerAddress> MEMBER = key(
            "cluster.members.<id>",
            ValueType.ADDRESS,
            config -> null,
            "at most 7 members",
            "Address of every voting member, by node id, of a cluster that is to begin; best 1, 3 or 5. A node that has data"
                    + " goes by that instead. Without members the node begins alone.");

    static final Key<PeerAddress> ADDRESS = key(
            "cluster.address",
            ValueType.ADDRESS,
            config -> null,
            "",
            "Where other nodes reach this one. Taken from the members unless set; a node without one listens nowhere and"
                    + " cannot be joined.");
    static final Key<PeerAddress> BIND = key(
            "cluster.bind",
            ValueType.ADDRESS,
            config -> null,
            "",
            "Where this node listens, if that is not the address where others reach it.");
    static final Key<List<PeerAddress>> JOIN = key(
            "cluster.join",
            ValueType.ADDRESSES,
            config -> config.peering().join(),
            "not together with members",
            "Members of a running cluster, one of which must be up, that take this node in. Asked only while the node has no"
                    + " data.");
    static final Key<JoinAs> JOIN_AS = key(
            "cluster.join-as",
            ValueType.oneOf(JoinAs.class),
            config -> config.peering().readOnly() ? JoinAs.LEARNER : JoinAs.VOTER,
            "",
            "What a node that joins becomes: a voter as soon as it has caught up, or a learner, which never votes.");
    static final Key<Integer> REPLACES = key(
            "cluster.replaces",
            ValueType.INTEGER,
            config -> null,
            "the id of a voter",
            "The voter whose place a node that joins takes. It leaves when this one has caught up.");

    // ---- storage ----
    static final Key<Durability> DURABILITY = key(
            "durability",
            ValueType.oneOf(Durability.class),
            DEngineConfig::durability,
            "",
            "When a write counts as safe: `fsync` on disk on a majority, `os-cache` in the systems' caches, `memory`. Anything"
                    + " but `fsync` can lose acknowledged writes.");
    static final Key<StateStore> STATE_STORE = key(
            "state-store",
            ValueType.oneOf(StateStore.class),
            DEngineConfig::stateStore,
            "",
            "Where the key-value table lives.");

    // ---- election ----
    static final Key<Duration> ELECTION_TIMEOUT = key(
            "election.timeout",
            ValueType.DURATION,
            config -> config.election().timeout(),
            "10ms or more",
            "Least time without a leader's word after which a node campaigns.");
    static final Key<Duration> HEARTBEAT = key(
            "election.heartbeat",
            ValueType.DURATION,
            config -> null,
            "at most a third of the timeout",
            "Time between a leader's heartbeats. A tenth of the timeout unless set.");
    static final Key<Double> MAX_CLOCK_DRIFT = key(
            "election.max-clock-drift",
            ValueType.FRACTION,
            config -> config.election().maxClockDrift(),
            "0 to below 0.5",
            "How much faster one node's clock may run than another's before lease reads can be stale.");

    // ---- limits ----
    static final Key<Integer> MAX_KEY_BYTES = key(
            "limits.max-key-bytes",
            ValueType.SMALL_SIZE,
            config -> config.limits().maxKeyBytes(),
            "1B to 32KiB",
            "Longest key.");
    static final Key<Integer> MAX_VALUE_BYTES = key(
            "limits.max-value-bytes",
            ValueType.SMALL_SIZE,
            config -> config.limits().maxValueBytes(),
            "1B to 1536KiB",
            "Longest value.");
    static final Key<Integer> MAX_PENDING_PROPOSALS = key(
            "limits.max-pending-proposals",
            ValueType.INTEGER,
            config -> config.limits().maxPendingProposals(),
            "1 to 10000000",
            "Most writes under way at this node; beyond it they are refused.");
    static final Key<Long> MAX_PENDING_BYTES = key(
            "limits.max-pending-bytes",
            ValueType.SIZE,
            config -> config.limits().maxPendingBytes(),
            "one longest key and value or more, at most 1TiB",
            "Most bytes of keys and values of those writes.");
    static final Key<Integer> MAX_PENDING_READS = key(
            "limits.max-pending-reads",
            ValueType.INTEGER,
            config -> config.limits().maxPendingReads(),
            "1 to 10000000",
            "Most linearizable reads under way at this node.");
    static final Key<Duration> REQUEST_TIMEOUT = key(
            "limits.request-timeout",
            ValueType.DURATION,
            config -> config.limits().requestTimeout(),
            "1ms to 1d",
            "How long a request may wait for its answer; then a write is indeterminate, a read refused.");

    // ---- log ----
    static final Key<Long> SEGMENT_BYTES = key(
            "log.segment-bytes",
            ValueType.SIZE,
            config -> config.log().segmentBytes(),
            "64KiB to 1GiB",
            "Size of a segment file.");
    static final Key<Integer> MAX_APPEND_BYTES = key(
            "log.max-append-bytes",
            ValueType.SMALL_SIZE,
            config -> config.log().maxAppendBytes(),
            "1KiB to 16MiB",
            "Most bytes of entries in one message to a peer; a larger entry travels alone.");
    static final Key<Integer> MAX_INFLIGHT_APPENDS = key(
            "log.max-inflight-appends",
            ValueType.INTEGER,
            config -> config.log().maxInflightAppends(),
            "1 to 64",
            "Most messages under way to one peer.");
    static final Key<Long> CACHE_BYTES = key(
            "log.cache-bytes",
            ValueType.SIZE,
            config -> config.log().cacheBytes(),
            "0B to 1TiB",
            "Most bytes of recent entries kept in memory for peers.");
    static final Key<Long> PURGE_BYTES = key(
            "log.purge-bytes",
            ValueType.SIZE,
            config -> config.log().purgeBytes(),
            "one segment or more, at most 1024TiB",
            "Bytes of log after which the state is flushed and the log purged.");
    static final Key<Long> PURGE_ENTRIES = key(
            "log.purge-entries",
            ValueType.LONG,
            config -> config.log().purgeEntries(),
            "1 or more",
            "Entries of the log after which that is done.");
    static final Key<Duration> PURGE_AGE = key(
            "log.purge-age",
            ValueType.DURATION,
            config -> config.log().purgeAge(),
            "1ms to 3650d",
            "Time after which that is done, if anything was written.");

    // ---- watch ----
    static final Key<Integer> HISTORY_EVENTS = key(
            "watch.history-events",
            ValueType.INTEGER,
            config -> config.watch().historyEvents(),
            "1 or more",
            "Most past changes kept for watches. The history ends at whichever of its bounds is met first.");
    static final Key<Long> HISTORY_BYTES = key(
            "watch.history-bytes",
            ValueType.SIZE,
            config -> config.watch().historyBytes(),
            "64KiB to 1TiB",
            "Most bytes of past changes kept.");
    static final Key<Duration> HISTORY_AGE = key(
            "watch.history-age",
            ValueType.DURATION,
            config -> config.watch().historyAge(),
            "1ms to 3650d",
            "How long past changes are kept.");
    static final Key<Integer> MAX_WATCHES = key(
            "watch.max-watches",
            ValueType.INTEGER,
            config -> config.watch().maxWatches(),
            "1 to 100000000",
            "Most watches at this node.");
    static final Key<Integer> BUFFERED_EVENTS = key(
            "watch.buffered-events",
            ValueType.INTEGER,
            config -> config.watch().bufferedEvents(),
            "1 to 1000000",
            "Most changes that wait for one watch in memory; beyond it the watch catches up from the history.");
    static final Key<Duration> PROGRESS_INTERVAL = key(
            "watch.progress-interval",
            ValueType.DURATION,
            config -> config.watch().progressInterval(),
            "1ms to 1d",
            "How often an idle watch is told how far it has come.");

    // ---- snapshots ----
    static final Key<Long> SNAPSHOT_BYTES_PER_SECOND = key(
            "snapshots.max-bytes-per-second",
            ValueType.SIZE,
            config -> config.snapshots().maxBytesPerSecond(),
            "64KiB to 1TiB",
            "Bytes of snapshots that this node sends in a second, to all others together.");
    static final Key<Duration> SNAPSHOT_KEEP = key(
            "snapshots.keep",
            ValueType.DURATION,
            config -> config.snapshots().keep(),
            "1ms to 30d",
            "How long a snapshot is kept for others. It holds on to disk space that the store has given up since.");
    static final Key<Long> STATE_HASH_INTERVAL = key(
            "snapshots.state-hash-interval",
            ValueType.LONG,
            config -> config.snapshots().stateHashInterval(),
            "1 or more",
            "Log entries after which replicas compare the hash of their state. Must be the same on every node.");

    // ---- the process ----
    static final Key<Duration> START_TIMEOUT = declare(new Key<>(
            "start.timeout",
            ValueType.DURATION,
            ServerSettings::startTimeout,
            "",
            "How long a start may take until the node can serve before that is warned of; it goes on in any case. `0s` does"
                    + " not wait."));

    /** All of them, in the order of their declaration. */
    static final List<Key<?>> ALL = Collections.unmodifiableList(DECLARED);

    /** Properties of the Spring Boot starter that mean nothing to a server: a file may have them, so that it suits both. */
    static final List<String> ONLY_IN_SPRING = List.of("enabled", "read.consistency");

    private Keys() {}

    private static <T> Key<T> key(
            String name,
            ValueType<T> type,
            Function<DEngineConfig, @Nullable T> defaultValue,
            String range,
            String description) {
        return declare(new Key<>(name, type, settings -> defaultValue.apply(settings.config()), range, description));
    }

    private static <T> Key<T> declare(Key<T> key) {
        DECLARED.add(key);
        return key;
    }
}
