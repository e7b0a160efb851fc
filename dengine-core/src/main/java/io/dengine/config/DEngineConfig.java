package io.dengine.config;

import static io.dengine.config.InvalidConfigException.require;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All settings of one node: which node it is, and one {@link Section} for each concern. Valid once constructed; every {@code
 * with} method returns a changed copy. Thread-safe.
 *
 * @param nodeId this node; one of the members
 * @param dataDir where the node keeps everything; created if missing
 * @param clusterName names the cluster: nodes and directories of different clusters refuse each other
 * @param members every voting member with its peer address, up to 7, of a cluster that is to begin; empty for a single node, and
 *     for one that joins a cluster. What a node has on disk goes before it: members change while the cluster runs
 * @param sections the section of each kind; a kind that is missing is added with its default, if it has one
 */
public record DEngineConfig(
        NodeId nodeId,
        Path dataDir,
        String clusterName,
        SortedMap<NodeId, PeerAddress> members,
        Map<Class<? extends Section>, Section> sections) {

    /** The cluster name where none is given. */
    public static final String DEFAULT_CLUSTER_NAME = "dengine";

    private static final List<Section> DEFAULTS = List.of(
            StorageSettings.DEFAULT,
            Election.DEFAULT,
            Limits.DEFAULT,
            LogSettings.DEFAULT,
            WatchSettings.DEFAULT,
            Peering.DEFAULT,
            SnapshotSettings.DEFAULT,
            Security.NONE);

    public DEngineConfig {
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
        sections = withDefaults(sections);
        Peering peering = section(sections, Peering.class);
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
        ApiSettings api = (ApiSettings) sections.get(ApiSettings.class);
        if (api != null) {
            api.requireFits(section(sections, Limits.class));
            PeerAddress own = peering.address() == null ? members.get(nodeId) : peering.address();
            require(
                    !api.address().equals(own),
                    "api.address",
                    api.address() + " is also where this node listens for other nodes",
                    "Give the API a port of its own");
        }
    }

    private static Map<Class<? extends Section>, Section> withDefaults(Map<Class<? extends Section>, Section> given) {
        Map<Class<? extends Section>, Section> all = new LinkedHashMap<>();
        DEFAULTS.forEach(section -> all.put(section.getClass(), section));
        given.values().forEach(section -> all.put(section.getClass(), section));
        return Collections.unmodifiableMap(all);
    }

    private static <S extends Section> S section(Map<Class<? extends Section>, Section> sections, Class<S> kind) {
        return Objects.requireNonNull(kind.cast(sections.get(kind)), "each kind has a default");
    }

    /** Returns the settings of a single node that keeps its data in {@code dataDir} and listens nowhere. */
    public static DEngineConfig embedded(Path dataDir) {
        return new DEngineConfig(NodeId.of(1), dataDir, DEFAULT_CLUSTER_NAME, new TreeMap<>(), Map.of());
    }

    /** Returns the settings of one member of a cluster. */
    public static DEngineConfig member(int nodeId, Path dataDir, String clusterName, Map<NodeId, PeerAddress> members) {
        return new DEngineConfig(NodeId.of(nodeId), dataDir, clusterName, new TreeMap<>(members), Map.of());
    }

    /** Returns these settings with {@code section} in the place of the one of its kind. */
    public DEngineConfig with(Section section) {
        Map<Class<? extends Section>, Section> changed = new LinkedHashMap<>(sections);
        changed.put(section.getClass(), section);
        return new DEngineConfig(nodeId, dataDir, clusterName, members, changed);
    }

    public DEngineConfig withDurability(Durability durability) {
        return with(new StorageSettings(durability, stateStore()));
    }

    public DEngineConfig withStateStore(StateStore stateStore) {
        return with(new StorageSettings(durability(), stateStore));
    }

    public Durability durability() {
        return section(sections, StorageSettings.class).durability();
    }

    public StateStore stateStore() {
        return section(sections, StorageSettings.class).stateStore();
    }

    public Election election() {
        return section(sections, Election.class);
    }

    public Limits limits() {
        return section(sections, Limits.class);
    }

    public LogSettings log() {
        return section(sections, LogSettings.class);
    }

    public WatchSettings watch() {
        return section(sections, WatchSettings.class);
    }

    public Peering peering() {
        return section(sections, Peering.class);
    }

    public SnapshotSettings snapshots() {
        return section(sections, SnapshotSettings.class);
    }

    public Security security() {
        return section(sections, Security.class);
    }

    /** Returns the port for clients; null for none, the default. */
    public @Nullable ApiSettings api() {
        return (ApiSettings) sections.get(ApiSettings.class);
    }

    /** Returns where clients reach this node, which the members tell each other; null if it serves none. */
    public @Nullable PeerAddress apiAddress() {
        ApiSettings api = api();
        return api == null ? null : api.address();
    }

    /** Returns where other nodes reach this one; null if it listens nowhere. */
    public @Nullable PeerAddress address() {
        return peering().address() == null ? members.get(nodeId) : peering().address();
    }

    /** Returns where this node may ask to be taken in: the nodes to join, or else the other members. */
    public List<PeerAddress> seeds() {
        if (!peering().join().isEmpty()) {
            return peering().join();
        }
        SortedMap<NodeId, PeerAddress> others = new TreeMap<>(members);
        others.remove(nodeId);
        return List.copyOf(others.values());
    }

    /** Returns the membership that a node without data begins with: that of its new cluster, or none if it is to join one. */
    public Membership firstMembership() {
        if (!peering().join().isEmpty()) {
            return Membership.NONE;
        }
        SortedMap<NodeId, Member> voters = new TreeMap<>();
        members.forEach((id, address) -> voters.put(id, Member.of(id, address.toString(), null)));
        PeerAddress own = address();
        voters.put(nodeId, Member.of(nodeId, own == null ? "" : own.toString(), null));
        return Membership.ofVoters(voters);
    }
}
