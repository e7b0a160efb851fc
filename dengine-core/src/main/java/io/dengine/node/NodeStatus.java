package io.dengine.node;

import io.dengine.config.Durability;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node at one moment.
 *
 * @param nodeId the node
 * @param clusterName its cluster
 * @param health whether it can serve
 * @param detail why it cannot; empty while it can
 * @param role its part in the protocol
 * @param term its term
 * @param leader the leader it follows or is
 * @param leaderChanges how often the leader changed since start
 * @param commitIndex the last log index known to be committed
 * @param lastApplied the last log index applied
 * @param lastIndex the last log index
 * @param revision the store revision
 * @param durability when a write counts as safe
 * @param membership who belongs to the cluster in this node's log; none while it is to join one
 * @param members all members, this node too, ascending by id
 * @param pendingProposals the writes that wait for an answer here
 * @param pendingReads the linearizable reads that wait here
 * @param watches the open watches
 * @param watchLagRevisions the most revisions that any watch is behind
 * @param historyEvents the past changes kept for watches
 * @param logBytes the log's bytes on disk; 0 once the node has ended
 * @param stateBytes the table's approximate bytes; 0 once the node has ended
 */
public record NodeStatus(
        NodeId nodeId,
        String clusterName,
        NodeHealth health,
        String detail,
        RoleKind role,
        long term,
        @Nullable NodeId leader,
        long leaderChanges,
        long commitIndex,
        long lastApplied,
        long lastIndex,
        long revision,
        Durability durability,
        Membership membership,
        List<PeerStatus> members,
        int pendingProposals,
        int pendingReads,
        int watches,
        long watchLagRevisions,
        long historyEvents,
        long logBytes,
        long stateBytes) {

    public boolean isLeader() {
        return role == RoleKind.LEADER;
    }
}
