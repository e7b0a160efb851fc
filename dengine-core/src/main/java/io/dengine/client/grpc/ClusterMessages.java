package io.dengine.client.grpc;

import io.dengine.config.Durability;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.node.PeerStatus;
import io.dengine.proto.v1.Member;
import io.dengine.proto.v1.MembersResponse;
import io.dengine.proto.v1.StatusResponse;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What nodes say of the cluster and of themselves. */
final class ClusterMessages {

    private ClusterMessages() {}

    static ClusterView view(MembersResponse said) {
        return new ClusterView(
                said.getClusterName(),
                said.getMembersList().stream().map(ClusterMessages::member).toList(),
                nodeId(said.getLeaderId()),
                said.getTerm(),
                NodeId.of(said.getNodeId()));
    }

    private static ClusterView.Member member(Member member) {
        return new ClusterView.Member(
                NodeId.of(member.getNodeId()),
                member.getPeerAddress(),
                member.getApiAddress(),
                switch (member.getPart()) {
                    case MEMBER_PART_LEARNER -> ClusterView.Part.LEARNER;
                    case MEMBER_PART_LEAVING_VOTER -> ClusterView.Part.LEAVING_VOTER;
                    case MEMBER_PART_VOTER, MEMBER_PART_UNSPECIFIED, UNRECOGNIZED -> ClusterView.Part.VOTER;
                },
                member.getReadOnly(),
                nodeId(member.getReplaces()),
                member.hasMatchIndex() ? member.getMatchIndex() : -1,
                member.hasLagEntries() ? member.getLagEntries() : -1);
    }

    /** Returns the membership; of a change under way it knows who leaves, and not which of the others have joined in it. */
    static Membership membership(List<Member> members) {
        Set<NodeId> voters = new TreeSet<>();
        Set<NodeId> leaving = new TreeSet<>();
        Set<NodeId> learners = new TreeSet<>();
        SortedMap<NodeId, io.dengine.raft.membership.Member> details = new TreeMap<>();
        for (Member member : members) {
            NodeId id = NodeId.of(member.getNodeId());
            Set<NodeId> part = switch (member.getPart()) {
                case MEMBER_PART_LEARNER -> learners;
                case MEMBER_PART_LEAVING_VOTER -> leaving;
                case MEMBER_PART_VOTER, MEMBER_PART_UNSPECIFIED, UNRECOGNIZED -> voters;
            };
            part.add(id);
            details.put(
                    id,
                    io.dengine.raft.membership.Member.of(id, member.getPeerAddress(), null)
                            .withApiAddress(member.getApiAddress())
                            .withReadOnly(member.getReadOnly())
                            .withReplaces(nodeId(member.getReplaces())));
        }
        return new Membership(voters, leaving, learners, Set.of(), details);
    }

    static NodeStatus status(StatusResponse said) {
        return new NodeStatus(
                NodeId.of(said.getNodeId()),
                said.getClusterName(),
                health(said),
                said.getDetail(),
                role(said),
                said.getTerm(),
                nodeId(said.getLeaderId()),
                said.getLeaderChanges(),
                said.getCommitIndex(),
                said.getLastApplied(),
                said.getLastIndex(),
                said.getRevision(),
                durability(said),
                membership(said.getMembersList()),
                said.getMembersList().stream().map(ClusterMessages::peer).toList(),
                said.getPendingProposals(),
                said.getPendingReads(),
                said.getWatches(),
                said.getWatchLagRevisions(),
                said.getHistoryEvents(),
                said.getLogBytes(),
                said.getStateBytes());
    }

    private static PeerStatus peer(Member said) {
        ClusterView.Member member = member(said);
        return new PeerStatus(
                member.id(),
                member.peerAddress(),
                member.part() != ClusterView.Part.LEARNER,
                member.matchIndex(),
                member.lagEntries());
    }

    private static NodeHealth health(StatusResponse said) {
        return switch (said.getHealth()) {
            case NODE_HEALTH_SERVING -> NodeHealth.SERVING;
            case NODE_HEALTH_NO_LEADER -> NodeHealth.NO_LEADER;
            case NODE_HEALTH_DISK_STALLED -> NodeHealth.DISK_STALLED;
            case NODE_HEALTH_QUARANTINED -> NodeHealth.QUARANTINED;
            case NODE_HEALTH_DISK_FULL -> NodeHealth.DISK_FULL;
            case NODE_HEALTH_CLOSED -> NodeHealth.CLOSED;
            // Of a later version: nothing to rely on.
            case NODE_HEALTH_FAILED, NODE_HEALTH_UNSPECIFIED, UNRECOGNIZED -> NodeHealth.FAILED;
        };
    }

    private static RoleKind role(StatusResponse said) {
        return switch (said.getRole()) {
            case NODE_ROLE_LEADER -> RoleKind.LEADER;
            case NODE_ROLE_CANDIDATE -> RoleKind.CANDIDATE;
            case NODE_ROLE_FOLLOWER, NODE_ROLE_UNSPECIFIED, UNRECOGNIZED -> RoleKind.FOLLOWER;
        };
    }

    private static Durability durability(StatusResponse said) {
        return switch (said.getDurability()) {
            case DURABILITY_FSYNC -> Durability.FSYNC;
            case DURABILITY_OS_CACHE -> Durability.OS_CACHE;
            // Of a later version: nothing to rely on.
            case DURABILITY_MEMORY, DURABILITY_UNSPECIFIED, UNRECOGNIZED -> Durability.MEMORY;
        };
    }

    private static @Nullable NodeId nodeId(int id) {
        return id == 0 ? null : NodeId.of(id);
    }
}
