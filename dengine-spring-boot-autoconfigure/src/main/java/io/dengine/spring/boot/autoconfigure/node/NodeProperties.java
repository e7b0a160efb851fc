package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.Durability;
import io.dengine.config.StateStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of the node that runs inside this application. What is not set keeps the default that {@code
 * io.dengine.config.DEngineConfig} states; values are checked there. Immutable.
 *
 * @param enabled Whether to run a node inside this application.
 * @param node This node.
 * @param cluster Cluster the node belongs to.
 * @param durability When a write counts as safe: fsync (on disk on a majority), os-cache or memory. Anything but fsync
 *     can lose acknowledged writes.
 * @param stateStore Where the key-value table lives: rocksdb or memory.
 * @param election Leader election.
 * @param limits Bounds on what callers may ask.
 * @param log Replicated log.
 * @param watch Watches and their history.
 * @param snapshots Snapshots for members that the log no longer reaches, and the comparison of replicas.
 * @param start Start of the node.
 * @param ssl TLS on all ports.
 * @param api Port for clients.
 */
@ConfigurationProperties("dengine")
public record NodeProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue Node node,
        @DefaultValue Cluster cluster,
        @Nullable Durability durability,
        @Nullable StateStore stateStore,
        @DefaultValue Election election,
        @DefaultValue Limits limits,
        @DefaultValue Log log,
        @DefaultValue Watch watch,
        @DefaultValue Snapshots snapshots,
        @DefaultValue Start start,
        @DefaultValue Ssl ssl,
        @DefaultValue Api api) {

    /**
     * TLS on all ports.
     *
     * @param bundle SSL bundle with a key store and a trust store. Ports speak plaintext without one.
     */
    public record Ssl(@Nullable String bundle) {}

    /**
     * Port for clients.
     *
     * @param expose Whether the node opens the port itself (own-port), or the application's own gRPC server of Spring Boot serves
     *     there (spring-grpc), whose TLS and bounds hold then.
     * @param address Address (host:port) where clients reach this node, by convention on port 7500. The members tell it each other,
     *     and clients. No port for clients without one.
     * @param bind Address (host:port) where this node listens for clients, if that is not the one where they reach it.
     * @param maxRequestBytes Most bytes of one message from a client.
     * @param maxCallsPerConnection Most calls and streams that one connection has open at a time.
     * @param maxInFlight Most operations of one stream that wait for an answer.
     * @param maxUnsentBytes Most bytes of answers or events that wait for one client to take them.
     * @param ssl TLS of this port.
     */
    public record Api(
            @DefaultValue("own-port") Expose expose,
            @Nullable String address,
            @Nullable String bind,
            @Nullable DataSize maxRequestBytes,
            @Nullable Integer maxCallsPerConnection,
            @Nullable Integer maxInFlight,
            @Nullable DataSize maxUnsentBytes,
            @DefaultValue ClientSsl ssl) {

        /** Which server clients reach. */
        public enum Expose {
            /** One of the node's own. */
            OWN_PORT,
            /** That of Spring Boot's gRPC starter. */
            SPRING_GRPC
        }

        /**
         * TLS of this port.
         *
         * @param bundle SSL bundle, if not that of all ports. Empty speaks plaintext.
         * @param requireClientCertificate Whether a client without a certificate from an authority of the trust store is refused.
         */
        public record ClientSsl(
                @Nullable String bundle,
                @DefaultValue("true") boolean requireClientCertificate) {}
    }

    /**
     * This node.
     *
     * @param id Identifier of this node, one of the members. Needed as soon as members are listed.
     * @param dataDir Directory where the node keeps everything; created if missing. Each node needs one of its own.
     */
    public record Node(
            @Nullable Integer id,
            @DefaultValue("./data/dengine") String dataDir) {}

    /**
     * Cluster the node belongs to.
     *
     * @param name Name of the cluster. Nodes and data directories of different clusters refuse each other.
     * @param members Address (host:port) of every voting member, by node id, of a cluster that is to begin: at most 7, best 1, 3
     *     or 5. A node that has data goes by that instead. Without members the node begins alone.
     * @param address Address (host:port) where other nodes reach this one. Taken from the members unless set; a node
     *     without one listens nowhere and cannot be joined.
     * @param bind Address (host:port) where this node listens, if that is not the one where others reach it.
     * @param join Addresses (host:port) of members of a running cluster, one of which must be up, that take this node in. Asked only
     *     while the node has no data. Not together with members.
     * @param joinAs What a node that joins becomes: voter, as soon as it has caught up, or learner, which never votes.
     * @param replaces Identifier of the voter whose place a node that joins takes. It leaves when this one has caught up.
     * @param ssl TLS between members.
     */
    public record Cluster(
            @Nullable String name,
            @DefaultValue Map<Integer, String> members,
            @Nullable String address,
            @Nullable String bind,
            @DefaultValue List<String> join,
            @DefaultValue("voter") JoinAs joinAs,
            @Nullable Integer replaces,
            @DefaultValue PeerSsl ssl) {

        /**
         * TLS between members.
         *
         * @param bundle SSL bundle, if not that of all ports. Empty speaks plaintext.
         * @param verifyHosts Whether the certificate of a member must be for the host of its address.
         */
        public record PeerSsl(
                @Nullable String bundle,
                @DefaultValue("true") boolean verifyHosts) {}

        /** What a node that joins becomes. */
        public enum JoinAs {
            /** Votes as soon as it has caught up. */
            VOTER,
            /** Gets all data and never votes. */
            LEARNER
        }
    }

    /**
     * Leader election.
     *
     * @param timeout Least time without a leader's word after which a node campaigns.
     * @param heartbeat Time between a leader's heartbeats. Derived from the timeout unless set.
     * @param maxClockDrift How much faster one node's clock may run than another's before lease reads can be stale, as a
     *     fraction from 0 to below 0.5.
     */
    public record Election(
            @Nullable Duration timeout,
            @Nullable Duration heartbeat,
            @Nullable Double maxClockDrift) {}

    /**
     * Bounds on what callers may ask.
     *
     * @param maxKeyBytes Longest key.
     * @param maxValueBytes Longest value.
     * @param maxPendingProposals Most writes under way at this node.
     * @param maxPendingBytes Most bytes of keys and values of the writes under way.
     * @param maxPendingReads Most linearizable reads under way at this node.
     * @param requestTimeout How long a request may wait for its answer.
     */
    public record Limits(
            @Nullable DataSize maxKeyBytes,
            @Nullable DataSize maxValueBytes,
            @Nullable Integer maxPendingProposals,
            @Nullable DataSize maxPendingBytes,
            @Nullable Integer maxPendingReads,
            @Nullable Duration requestTimeout) {}

    /**
     * Replicated log.
     *
     * @param segmentBytes Size of a segment file.
     * @param maxAppendBytes Most bytes of entries in one message to a peer.
     * @param maxInflightAppends Most messages under way to one peer.
     * @param cacheBytes Most bytes of recent entries kept in memory for peers.
     * @param purgeBytes Bytes of log after which the state is flushed and the log purged.
     * @param purgeEntries Entries of the log after which that is done.
     * @param purgeAge Time after which that is done, if anything was written.
     */
    public record Log(
            @Nullable DataSize segmentBytes,
            @Nullable DataSize maxAppendBytes,
            @Nullable Integer maxInflightAppends,
            @Nullable DataSize cacheBytes,
            @Nullable DataSize purgeBytes,
            @Nullable Long purgeEntries,
            @Nullable Duration purgeAge) {}

    /**
     * Watches and their history, which ends at whichever of its bounds is met first.
     *
     * @param historyEvents Most past changes kept.
     * @param historyBytes Most bytes of past changes kept.
     * @param historyAge How long past changes are kept.
     * @param maxWatches Most watches at this node.
     * @param bufferedEvents Most changes that wait for one watch in memory; beyond it the watch catches up from the
     *     history.
     * @param progressInterval How often an idle watch is told how far it has come.
     */
    public record Watch(
            @Nullable Integer historyEvents,
            @Nullable DataSize historyBytes,
            @Nullable Duration historyAge,
            @Nullable Integer maxWatches,
            @Nullable Integer bufferedEvents,
            @Nullable Duration progressInterval) {}

    /**
     * Snapshots for members that the log no longer reaches, and the comparison of replicas.
     *
     * @param maxBytesPerSecond Bytes of snapshots that this node sends in a second, to all others together.
     * @param keep How long a snapshot is kept for others. It holds on to disk space that the store has given up since.
     * @param stateHashInterval Log entries after which replicas compare the hash of their state. Must be the same on every node.
     */
    public record Snapshots(
            @Nullable DataSize maxBytesPerSecond,
            @Nullable Duration keep,
            @Nullable Long stateHashInterval) {}

    /**
     * Start of the node.
     *
     * @param timeout How long the start of the application waits until the node can serve. Then it goes on with a
     *     warning, since the other members may start later; health is DOWN meanwhile. 0 does not wait.
     */
    public record Start(@DefaultValue("10s") Duration timeout) {}
}
