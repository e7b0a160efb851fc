package io.dengine.spring.boot.autoconfigure.endpoint;

import io.dengine.config.Durability;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.node.PeerStatus;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** Shows the node, its members and how far each has come. Shows no keys and no values. */
@Endpoint(id = "dengine", defaultAccess = Access.READ_ONLY)
public final class NodeEndpoint {

    private final NodeLifecycle node;

    NodeEndpoint(NodeLifecycle node) {
        this.node = node;
    }

    /** Returns the node as it is now, or null (404) while it is not running. */
    @ReadOperation
    public @Nullable NodeDescriptor node() {
        return node.engine().map(engine -> describe(engine.status())).orElse(null);
    }

    private static NodeDescriptor describe(NodeStatus status) {
        NodeId leader = status.leader();
        return new NodeDescriptor(
                status.nodeId().value(),
                status.clusterName(),
                status.health(),
                status.detail(),
                status.role(),
                status.term(),
                leader == null ? null : leader.value(),
                status.leaderChanges(),
                status.commitIndex(),
                status.lastApplied(),
                status.lastIndex(),
                status.revision(),
                status.durability(),
                status.members().stream()
                        .map(member -> describe(member, leader))
                        .toList(),
                new LoadDescriptor(
                        status.pendingProposals(),
                        status.pendingReads(),
                        status.watches(),
                        status.watchLagRevisions(),
                        status.historyEvents(),
                        status.logBytes(),
                        status.stateBytes()));
    }

    private static MemberDescriptor describe(PeerStatus member, @Nullable NodeId leader) {
        return new MemberDescriptor(
                member.nodeId().value(),
                member.address(),
                member.nodeId().equals(leader),
                known(member.matchIndex()),
                known(member.lagEntries()));
    }

    private static @Nullable Long known(long index) {
        return index < 0 ? null : index;
    }

    /**
     * A node.
     *
     * @param node its id
     * @param cluster its cluster
     * @param state whether it can serve
     * @param detail why it cannot; empty while it can
     * @param role its part in the protocol
     * @param term its term
     * @param leader the leader it follows or is; null while none is known
     * @param leaderChanges how often the leader changed since the node started
     * @param commitIndex the last log index known to be committed
     * @param lastApplied the last log index applied
     * @param lastIndex the last log index
     * @param revision the store revision
     * @param durability when a write counts as safe
     * @param members all members, this node too
     * @param load queues, watches and sizes
     */
    public record NodeDescriptor(
            int node,
            String cluster,
            NodeHealth state,
            String detail,
            RoleKind role,
            long term,
            @Nullable Integer leader,
            long leaderChanges,
            long commitIndex,
            long lastApplied,
            long lastIndex,
            long revision,
            Durability durability,
            List<MemberDescriptor> members,
            LoadDescriptor load) {}

    /**
     * A member.
     *
     * @param node its id
     * @param address where it listens for peers; empty for a single node
     * @param leader whether it is the leader this node knows
     * @param matchIndex the last log index it is known to hold; null but at the leader
     * @param lag how many entries it is behind; null but at the leader
     */
    public record MemberDescriptor(
            int node,
            String address,
            boolean leader,
            @Nullable Long matchIndex,
            @Nullable Long lag) {}

    /**
     * Queues, watches and sizes.
     *
     * @param pendingProposals writes that wait for an answer
     * @param pendingReads linearizable reads that wait
     * @param watches open watches
     * @param watchLagRevisions the most revisions that any watch is behind
     * @param historyEvents past changes kept for watches
     * @param logBytes the log's bytes on disk
     * @param stateBytes the table's approximate bytes
     */
    public record LoadDescriptor(
            int pendingProposals,
            int pendingReads,
            int watches,
            long watchLagRevisions,
            long historyEvents,
            long logBytes,
            long stateBytes) {}
}
