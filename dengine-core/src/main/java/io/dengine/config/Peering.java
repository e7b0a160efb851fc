package io.dengine.config;

import static io.dengine.config.InvalidConfigException.require;

import io.dengine.raft.membership.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
        @Nullable NodeId replaces)
        implements Section {

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
