package io.dengine.standalone;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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

    private static final ApiSettings API_DEFAULTS = ApiSettings.at(new PeerAddress("127.0.0.1", 7500));

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

    static final Key<Path> PEER_CERTIFICATE = key(
            "cluster.ssl.certificate",
            ValueType.FILE,
            config -> null,
            "PEM",
            "This node's certificate for members, then those that issued it. Switches TLS between members on, which all of them"
                    + " have or none. Read again when the file changes, like all of these.");
    static final Key<Path> PEER_PRIVATE_KEY = key(
            "cluster.ssl.private-key",
            ValueType.FILE,
            config -> null,
            "PEM: PKCS#8, not encrypted",
            "Its private key.");
    static final Key<Path> PEER_TRUSTED = key(
            "cluster.ssl.trusted",
            ValueType.FILE,
            config -> null,
            "PEM",
            "The authorities of the members' certificates, and of nobody else's: whoever has one can be a member.");
    static final Key<Boolean> VERIFY_HOSTS = key(
            "cluster.ssl.verify-hosts",
            ValueType.BOOLEAN,
            config -> true,
            "",
            "Whether the certificate of a member must be for the host of its address.");

    // ---- api ----
    static final Key<PeerAddress> API_ADDRESS = key(
            "api.address",
            ValueType.ADDRESS,
            config -> null,
            "",
            "Where clients reach this node, by convention on port 7500. The members tell it each other, and clients. No port for"
                    + " clients without one.");
    static final Key<PeerAddress> API_BIND = key(
            "api.bind",
            ValueType.ADDRESS,
            config -> null,
            "",
            "Where this node listens for clients, if that is not the address where they reach it.");
    static final Key<Integer> MAX_REQUEST_BYTES = key(
            "api.max-request-bytes",
            ValueType.SMALL_SIZE,
            config -> API_DEFAULTS.maxRequestBytes(),
            "one compare-and-set of the largest values or more, at most 64MiB",
            "Most bytes of one message from a client; a longer one is refused.");
    static final Key<Integer> MAX_CALLS_PER_CONNECTION = key(
            "api.max-calls-per-connection",
            ValueType.INTEGER,
            config -> API_DEFAULTS.maxCallsPerConnection(),
            "1 to 100000",
            "Most calls and streams that one connection has open at a time; more wait at the client.");
    static final Key<Integer> MAX_IN_FLIGHT = key(
            "api.max-in-flight",
            ValueType.INTEGER,
            config -> API_DEFAULTS.maxInFlight(),
            "1 to 1000000",
            "Most operations of one stream that wait for an answer; beyond it the node stops reading the stream.");
    static final Key<Integer> MAX_UNSENT_BYTES = key(
            "api.max-unsent-bytes",
            ValueType.SMALL_SIZE,
            config -> API_DEFAULTS.maxUnsentBytes(),
            "64KiB to 1GiB",
            "Most bytes of answers or events that wait for one client to take them; beyond it the node stops reading the stream,"
                    + " and watches go on from the history later.");
    static final Key<Path> API_CERTIFICATE = key(
            "api.ssl.certificate",
            ValueType.FILE,
            config -> null,
            "PEM",
            "This node's certificate for clients, then those that issued it. Switches TLS for clients on.");
    static final Key<Path> API_PRIVATE_KEY = key(
            "api.ssl.private-key", ValueType.FILE, config -> null, "PEM: PKCS#8, not encrypted", "Its private key.");
    static final Key<Path> API_TRUSTED = key(
            "api.ssl.trusted", ValueType.FILE, config -> null, "PEM", "The authorities of the clients' certificates.");
    static final Key<Boolean> REQUIRE_CLIENT_CERTIFICATE = key(
            "api.ssl.require-client-certificate",
            ValueType.BOOLEAN,
            config -> true,
            "",
            "Whether a client without a certificate of those authorities is refused.");

    // ---- http ----
    static final Key<PeerAddress> HTTP_ADDRESS = declare(new Key<>(
            "http.address",
            ValueType.ADDRESS,
            ServerSettings::http,
            "",
            "Where this node listens for the checks of load balancers and probes, in plain HTTP: `/primary` answers 200 if this node"
                    + " leads, `/replica` if it serves and does not lead, `/health` if it serves; else they answer 503. Nowhere"
                    + " unless set."));

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

    /** Those that would mean much, if they could be heeded, and what to write in their place. */
    static final Map<String, String> REFUSED_HERE = Map.of(
            "ssl.bundle", "Name PEM files in cluster.ssl and api.ssl",
            "cluster.ssl.bundle", "Name PEM files: cluster.ssl.certificate, private-key and trusted",
            "api.expose", "Leave it out: with api.address the node opens a port of its own",
            "api.ssl.bundle", "Name PEM files: api.ssl.certificate, private-key and trusted");

    /** Keys that a Spring application has no use for: it has SSL bundles, and health over HTTP. */
    static final List<Key<?>> NOT_IN_SPRING = List.of(
            PEER_CERTIFICATE,
            PEER_PRIVATE_KEY,
            PEER_TRUSTED,
            API_CERTIFICATE,
            API_PRIVATE_KEY,
            API_TRUSTED,
            HTTP_ADDRESS);

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
