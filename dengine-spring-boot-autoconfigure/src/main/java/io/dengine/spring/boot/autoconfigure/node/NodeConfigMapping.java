package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Election;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.config.Security;
import io.dengine.config.SnapshotSettings;
import io.dengine.config.StorageSettings;
import io.dengine.config.WatchSettings;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** The one place where properties become the engine's configuration: what is not set keeps the engine's default. */
final class NodeConfigMapping {

    private NodeConfigMapping() {}

    static DEngineConfig toConfig(NodeProperties properties, Security security) {
        NodeProperties.Cluster cluster = properties.cluster();
        SortedMap<NodeId, PeerAddress> members = members(cluster.members());
        DEngineConfig defaults =
                DEngineConfig.embedded(Path.of(properties.node().dataDir()));
        DEngineConfig config = new DEngineConfig(
                        nodeId(properties.node().id(), cluster, members, defaults.nodeId()),
                        defaults.dataDir(),
                        or(cluster.name(), defaults.clusterName()),
                        members,
                        Map.of())
                .with(new StorageSettings(
                        or(properties.durability(), defaults.durability()),
                        or(properties.stateStore(), defaults.stateStore())))
                .with(election(properties.election(), defaults.election()))
                .with(limits(properties.limits(), defaults.limits()))
                .with(log(properties.log(), defaults.log()))
                .with(watch(properties.watch(), defaults.watch()))
                .with(peering(cluster))
                .with(snapshots(properties.snapshots(), defaults.snapshots()))
                .with(security);
        ApiSettings api = api(properties.api());
        return api == null ? config : config.with(api);
    }

    private static @Nullable ApiSettings api(NodeProperties.Api set) {
        PeerAddress bind = set.bind() == null ? null : PeerAddress.parse("api.bind", set.bind());
        if (set.address() == null) {
            if (bind != null) {
                throw new InvalidConfigException(
                        "api.bind", "api.address is not set", "Set that to where clients reach this node");
            }
            return null;
        }
        ApiSettings defaults = ApiSettings.at(PeerAddress.parse("api.address", set.address()));
        ApiSettings settings = new ApiSettings(
                defaults.address(),
                bind,
                bytes("api.max-request-bytes", set.maxRequestBytes(), defaults.maxRequestBytes()),
                or(set.maxCallsPerConnection(), defaults.maxCallsPerConnection()),
                or(set.maxInFlight(), defaults.maxInFlight()),
                bytes("api.max-unsent-bytes", set.maxUnsentBytes(), defaults.maxUnsentBytes()));
        return set.expose() == NodeProperties.Api.Expose.OWN_PORT ? settings : settings.withoutOwnPort();
    }

    private static SortedMap<NodeId, PeerAddress> members(Map<Integer, String> addresses) {
        SortedMap<NodeId, PeerAddress> members = new TreeMap<>();
        addresses.forEach((id, address) -> {
            if (id <= 0) {
                throw new InvalidConfigException(
                        "cluster.members", "node id " + id + " is below 1", "Number members from 1");
            }
            members.put(NodeId.of(id), PeerAddress.parse(address));
        });
        return members;
    }

    private static NodeId nodeId(
            @Nullable Integer id, NodeProperties.Cluster cluster, Map<NodeId, PeerAddress> members, NodeId alone) {
        if (id == null && !members.isEmpty()) {
            throw new InvalidConfigException(
                    "node.id",
                    "it is not set, but members are listed",
                    "Set it to the id under which this node is listed in cluster.members: one of " + members.keySet());
        }
        if (id == null && !cluster.join().isEmpty()) {
            throw new InvalidConfigException(
                    "node.id",
                    "it is not set, but the node is to join a cluster",
                    "Set it to a number from 1 that no member of the cluster has");
        }
        return id == null ? alone : nodeId("node.id", id);
    }

    private static NodeId nodeId(String setting, int id) {
        if (id <= 0) {
            throw new InvalidConfigException(setting, id + " is below 1", "Number nodes from 1");
        }
        return NodeId.of(id);
    }

    private static Peering peering(NodeProperties.Cluster set) {
        return new Peering(
                set.address() == null ? null : PeerAddress.parse("cluster.address", set.address()),
                set.bind() == null ? null : PeerAddress.parse("cluster.bind", set.bind()),
                set.join().stream()
                        .map(seed -> PeerAddress.parse("cluster.join", seed))
                        .toList(),
                set.joinAs() == NodeProperties.Cluster.JoinAs.LEARNER,
                set.replaces() == null ? null : nodeId("cluster.replaces", set.replaces()));
    }

    private static Election election(NodeProperties.Election set, Election defaults) {
        Election derived = set.timeout() == null ? defaults : Election.ofTimeout(set.timeout());
        return new Election(
                derived.timeout(),
                or(set.heartbeat(), derived.heartbeat()),
                or(set.maxClockDrift(), derived.maxClockDrift()));
    }

    private static Limits limits(NodeProperties.Limits set, Limits defaults) {
        return new Limits(
                bytes("limits.max-key-bytes", set.maxKeyBytes(), defaults.maxKeyBytes()),
                bytes("limits.max-value-bytes", set.maxValueBytes(), defaults.maxValueBytes()),
                or(set.maxPendingProposals(), defaults.maxPendingProposals()),
                bytes(set.maxPendingBytes(), defaults.maxPendingBytes()),
                or(set.maxPendingReads(), defaults.maxPendingReads()),
                or(set.requestTimeout(), defaults.requestTimeout()));
    }

    private static LogSettings log(NodeProperties.Log set, LogSettings defaults) {
        return new LogSettings(
                bytes(set.segmentBytes(), defaults.segmentBytes()),
                bytes("log.max-append-bytes", set.maxAppendBytes(), defaults.maxAppendBytes()),
                or(set.maxInflightAppends(), defaults.maxInflightAppends()),
                bytes(set.cacheBytes(), defaults.cacheBytes()),
                bytes(set.purgeBytes(), defaults.purgeBytes()),
                or(set.purgeEntries(), defaults.purgeEntries()),
                or(set.purgeAge(), defaults.purgeAge()));
    }

    private static WatchSettings watch(NodeProperties.Watch set, WatchSettings defaults) {
        return new WatchSettings(
                or(set.historyEvents(), defaults.historyEvents()),
                bytes(set.historyBytes(), defaults.historyBytes()),
                or(set.historyAge(), defaults.historyAge()),
                or(set.maxWatches(), defaults.maxWatches()),
                or(set.bufferedEvents(), defaults.bufferedEvents()),
                or(set.progressInterval(), defaults.progressInterval()));
    }

    private static SnapshotSettings snapshots(NodeProperties.Snapshots set, SnapshotSettings defaults) {
        return new SnapshotSettings(
                bytes(set.maxBytesPerSecond(), defaults.maxBytesPerSecond()),
                or(set.keep(), defaults.keep()),
                or(set.stateHashInterval(), defaults.stateHashInterval()));
    }

    private static <T> T or(@Nullable T set, T defaultValue) {
        return set == null ? defaultValue : set;
    }

    private static long bytes(@Nullable DataSize set, long defaultValue) {
        return set == null ? defaultValue : set.toBytes();
    }

    /** As above for what the engine counts in an int, whose own check would see a value cut off. */
    private static int bytes(String setting, @Nullable DataSize set, int defaultValue) {
        long bytes = bytes(set, defaultValue);
        if ((int) bytes != bytes) {
            throw new InvalidConfigException(setting, bytes + " is out of range", "Set at most 2 GiB - 1");
        }
        return (int) bytes;
    }
}
