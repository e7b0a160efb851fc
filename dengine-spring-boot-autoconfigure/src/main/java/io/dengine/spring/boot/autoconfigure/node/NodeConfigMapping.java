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
        SortedMap<NodeId, PeerAddress> members = members(properties.cluster().members());
        DEngineConfig defaults =
                DEngineConfig.embedded(Path.of(properties.node().dataDir()));
        return new DEngineConfig(
                nodeId(properties.node().id(), members, defaults.nodeId()),
                defaults.dataDir(),
                or(properties.cluster().name(), defaults.clusterName()),
                members,
                or(properties.durability(), defaults.durability()),
                or(properties.stateStore(), defaults.stateStore()),
                election(properties.election(), defaults.election()),
                limits(properties.limits(), defaults.limits()),
                log(properties.log(), defaults.log()),
                watch(properties.watch(), defaults.watch()),
                defaults.snapshots());
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

    private static NodeId nodeId(@Nullable Integer id, Map<NodeId, PeerAddress> members, NodeId alone) {
        if (id == null && members.isEmpty()) {
            return alone;
        }
        if (id == null || id <= 0) {
            throw new InvalidConfigException(
                    "node.id",
                    id == null ? "it is not set, but members are listed" : id + " is below 1",
                    members.isEmpty()
                            ? "Number nodes from 1"
                            : "Set it to the id under which this node is listed in cluster.members: one of "
                                    + members.keySet());
        }
        return NodeId.of(id);
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
                bytes(set.purgeBytes(), defaults.purgeBytes()));
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
