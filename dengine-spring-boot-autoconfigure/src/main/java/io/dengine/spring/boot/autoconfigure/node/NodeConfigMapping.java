package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.DEngineConfig;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
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

    static DEngineConfig toConfig(NodeProperties properties) {
        NodeProperties.Cluster cluster = properties.cluster();
        SortedMap<NodeId, PeerAddress> members = members(cluster.members());
        DEngineConfig defaults =
                DEngineConfig.embedded(Path.of(properties.node().dataDir()));
        return new DEngineConfig(
                nodeId(properties.node().id(), cluster, members, defaults.nodeId()),
                defaults.dataDir(),
                or(cluster.name(), defaults.clusterName()),
                members,
                or(properties.durability(), defaults.durability()),
                or(properties.stateStore(), defaults.stateStore()),
                election(properties.election(), defaults.election()),
                limits(properties.limits(), defaults.limits()),
                log(properties.log(), defaults.log()),
                watch(properties.watch(), defaults.watch()),
                peering(cluster),
                snapshots(properties.snapshots(), defaults.snapshots()));
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

    private static DEngineConfig.Peering peering(NodeProperties.Cluster set) {
        return new DEngineConfig.Peering(
                set.address() == null ? null : PeerAddress.parse("cluster.address", set.address()),
                set.bind() == null ? null : PeerAddress.parse("cluster.bind", set.bind()),
                set.join().stream()
                        .map(seed -> PeerAddress.parse("cluster.join", seed))
                        .toList(),
                set.joinAs() == NodeProperties.Cluster.JoinAs.LEARNER,
                set.replaces() == null ? null : nodeId("cluster.replaces", set.replaces()));
    }

    private static DEngineConfig.Election election(NodeProperties.Election set, DEngineConfig.Election defaults) {
        DEngineConfig.Election derived =
                set.timeout() == null ? defaults : DEngineConfig.Election.ofTimeout(set.timeout());
        return new DEngineConfig.Election(
                derived.timeout(),
                or(set.heartbeat(), derived.heartbeat()),
                or(set.maxClockDrift(), derived.maxClockDrift()));
    }

    private static DEngineConfig.Limits limits(NodeProperties.Limits set, DEngineConfig.Limits defaults) {
        return new DEngineConfig.Limits(
                bytes("limits.max-key-bytes", set.maxKeyBytes(), defaults.maxKeyBytes()),
                bytes("limits.max-value-bytes", set.maxValueBytes(), defaults.maxValueBytes()),
                or(set.maxPendingProposals(), defaults.maxPendingProposals()),
                bytes(set.maxPendingBytes(), defaults.maxPendingBytes()),
                or(set.maxPendingReads(), defaults.maxPendingReads()),
                or(set.requestTimeout(), defaults.requestTimeout()));
    }

    private static DEngineConfig.Log log(NodeProperties.Log set, DEngineConfig.Log defaults) {
        return new DEngineConfig.Log(
                bytes(set.segmentBytes(), defaults.segmentBytes()),
                bytes("log.max-append-bytes", set.maxAppendBytes(), defaults.maxAppendBytes()),
                or(set.maxInflightAppends(), defaults.maxInflightAppends()),
                bytes(set.cacheBytes(), defaults.cacheBytes()),
                bytes(set.purgeBytes(), defaults.purgeBytes()),
                or(set.purgeEntries(), defaults.purgeEntries()),
                or(set.purgeAge(), defaults.purgeAge()));
    }

    private static DEngineConfig.WatchSettings watch(NodeProperties.Watch set, DEngineConfig.WatchSettings defaults) {
        return new DEngineConfig.WatchSettings(
                or(set.historyEvents(), defaults.historyEvents()),
                bytes(set.historyBytes(), defaults.historyBytes()),
                or(set.historyAge(), defaults.historyAge()),
                or(set.maxWatches(), defaults.maxWatches()),
                or(set.bufferedEvents(), defaults.bufferedEvents()),
                or(set.progressInterval(), defaults.progressInterval()));
    }

    private static DEngineConfig.Snapshots snapshots(NodeProperties.Snapshots set, DEngineConfig.Snapshots defaults) {
        return new DEngineConfig.Snapshots(
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
