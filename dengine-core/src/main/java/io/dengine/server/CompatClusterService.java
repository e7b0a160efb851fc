package io.dengine.server;

import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.proto.compat.cluster.ClusterConfChangeRequest;
import io.dengine.proto.compat.cluster.ClusterConfUpdateResponse;
import io.dengine.proto.compat.cluster.ClusterManagementServiceGrpc;
import io.dengine.proto.compat.cluster.ClusterMembership;
import io.dengine.proto.compat.cluster.JoinRequest;
import io.dengine.proto.compat.cluster.JoinResponse;
import io.dengine.proto.compat.cluster.LeaderDiscoveryRequest;
import io.dengine.proto.compat.cluster.LeaderDiscoveryResponse;
import io.dengine.proto.compat.cluster.MetadataRequest;
import io.dengine.proto.compat.cluster.NodeMeta;
import io.dengine.proto.compat.common.NodeRole;
import io.dengine.proto.compat.common.NodeStatus;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** What clients of d-engine ask of the cluster. Thread-safe. */
final class CompatClusterService extends ClusterManagementServiceGrpc.ClusterManagementServiceImplBase {

    private final ServedNode node;
    private final UnaryCalls calls;

    CompatClusterService(ServedNode node, UnaryCalls calls) {
        this.node = node;
        this.calls = calls;
    }

    @Override
    public void getClusterMetadata(MetadataRequest request, StreamObserver<ClusterMembership> call) {
        calls.answer(call, () -> CompletableFuture.completedFuture(membership()));
    }

    private ClusterMembership membership() {
        Membership members = node.cluster().members();
        NodeId leader = node.leader().get().leader();
        ClusterMembership.Builder answer = ClusterMembership.newBuilder();
        for (Member member : members.details().values()) {
            boolean voter = members.isVoter(member.id());
            answer.addNodes(NodeMeta.newBuilder()
                    .setId(member.id().value())
                    .setAddress(member.apiAddress())
                    .setRole((voter ? NodeRole.NODE_ROLE_FOLLOWER : NodeRole.NODE_ROLE_LEARNER).getNumber())
                    .setStatus(status(voter, member)));
        }
        if (leader != null) {
            answer.setCurrentLeaderId(leader.value());
        }
        return answer.build();
    }

    private static NodeStatus status(boolean voter, Member member) {
        if (voter) {
            return NodeStatus.NODE_STATUS_ACTIVE;
        }
        return member.readOnly() ? NodeStatus.NODE_STATUS_READ_ONLY : NodeStatus.NODE_STATUS_PROMOTABLE;
    }

    @Override
    public void discoverLeader(LeaderDiscoveryRequest request, StreamObserver<LeaderDiscoveryResponse> call) {
        LeaderChange now = node.leader().get();
        NodeId leader = now.leader();
        Membership members = node.cluster().members();
        if (leader == null || !members.contains(leader)) {
            call.onError(
                    Status.UNAVAILABLE.withDescription("Leader not discovered").asRuntimeException());
            return;
        }
        call.onNext(LeaderDiscoveryResponse.newBuilder()
                .setLeaderId(leader.value())
                .setLeaderAddress(members.member(leader).apiAddress())
                .setTerm(now.term())
                .build());
        call.onCompleted();
    }

    @Override
    public void joinCluster(JoinRequest request, StreamObserver<JoinResponse> call) {
        call.onNext(JoinResponse.newBuilder()
                .setSuccess(false)
                .setError(
                        "a node of d-engine cannot join a cluster of dengine. A node of dengine joins by its own setting"
                                + " cluster.join, or is added by AddLearner of dengine.v1.Cluster")
                .setConfig(membership())
                .setLeaderId(ClusterMessages.id(node.leader().get().leader()))
                .build());
        call.onCompleted();
    }

    /** Its answer has no room for a text, a status has. */
    @Override
    public void updateClusterConf(ClusterConfChangeRequest request, StreamObserver<ClusterConfUpdateResponse> call) {
        call.onError(Status.UNIMPLEMENTED
                .withDescription("members are not changed by d-engine's protocol between nodes:"
                        + " use AddLearner, Promote, Demote, Remove or Replace of dengine.v1.Cluster")
                .asRuntimeException());
    }
}
