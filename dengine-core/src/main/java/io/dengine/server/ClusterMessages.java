package io.dengine.server;

import io.dengine.node.NodeStatus;
import io.dengine.node.PeerStatus;
import io.dengine.proto.v1.Durability;
import io.dengine.proto.v1.Member;
import io.dengine.proto.v1.MemberPart;
import io.dengine.proto.v1.NodeHealth;
import io.dengine.proto.v1.NodeRole;
import io.dengine.proto.v1.StatusResponse;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import org.jspecify.annotations.Nullable;

/** Members and nodes as the protocol has them. */
final class ClusterMessages {

    private ClusterMessages() {}

    static int id(@Nullable NodeId node) {
        return node == null ? 0 : node.value();
    }

    static Member.Builder member(Membership membership, NodeId id) {
        io.dengine.raft.membership.Member member = membership.member(id);
        return Member.newBuilder()
                .setNodeId(id.value())
                .setPeerAddress(member.address())
                .setApiAddress(member.apiAddress())
                .setPart(part(membership, id))
                .setReadOnly(member.readOnly())
                .setReplaces(id(member.replaces()));
    }

    private static MemberPart part(Membership membership, NodeId id) {
        if (membership.voters().contains(id)) {
            return MemberPart.MEMBER_PART_VOTER;
        }
        return membership.outgoing().contains(id)
                ? MemberPart.MEMBER_PART_LEAVING_VOTER
                : MemberPart.MEMBER_PART_LEARNER;
    }

    static StatusResponse status(NodeStatus status) {
        StatusResponse.Builder response = StatusResponse.newBuilder()
                .setNodeId(status.nodeId().value())
                .setClusterName(status.clusterName())
                .setHealth(health(status.health()))
                .setDetail(status.detail())
                .setRole(role(status.role()))
                .setTerm(status.term())
                .setLeaderId(id(status.leader()))
                .setLeaderChanges(status.leaderChanges())
                .setCommitIndex(status.commitIndex())
                .setLastApplied(status.lastApplied())
                .setLastIndex(status.lastIndex())
                .setRevision(status.revision())
                .setDurability(durability(status.durability()))
                .setPendingProposals(status.pendingProposals())
                .setPendingReads(status.pendingReads())
                .setWatches(status.watches())
                .setWatchLagRevisions(status.watchLagRevisions())
                .setHistoryEvents(status.historyEvents())
                .setLogBytes(status.logBytes())
                .setStateBytes(status.stateBytes());
        for (PeerStatus peer : status.members()) {
            response.addMembers(member(status, peer));
        }
        return response.build();
    }

    private static Member member(NodeStatus status, PeerStatus peer) {
        Member.Builder member = member(status.membership(), peer.nodeId());
        if (status.isLeader() && peer.matchIndex() >= 0) {
            member.setMatchIndex(peer.matchIndex()).setLagEntries(peer.lagEntries());
        }
        return member.build();
    }

    private static NodeHealth health(io.dengine.node.NodeHealth health) {
        return switch (health) {
            case SERVING -> NodeHealth.NODE_HEALTH_SERVING;
            case NO_LEADER -> NodeHealth.NODE_HEALTH_NO_LEADER;
            case DISK_STALLED -> NodeHealth.NODE_HEALTH_DISK_STALLED;
            case QUARANTINED -> NodeHealth.NODE_HEALTH_QUARANTINED;
            case DISK_FULL -> NodeHealth.NODE_HEALTH_DISK_FULL;
            case FAILED -> NodeHealth.NODE_HEALTH_FAILED;
            case CLOSED -> NodeHealth.NODE_HEALTH_CLOSED;
        };
    }

    private static NodeRole role(RoleKind role) {
        return switch (role) {
            case FOLLOWER -> NodeRole.NODE_ROLE_FOLLOWER;
            case PRE_CANDIDATE, CANDIDATE -> NodeRole.NODE_ROLE_CANDIDATE;
            case LEADER -> NodeRole.NODE_ROLE_LEADER;
        };
    }

    private static Durability durability(io.dengine.config.Durability durability) {
        return switch (durability) {
            case FSYNC -> Durability.DURABILITY_FSYNC;
            case OS_CACHE -> Durability.DURABILITY_OS_CACHE;
            case MEMORY -> Durability.DURABILITY_MEMORY;
        };
    }
}
