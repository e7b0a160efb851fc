package io.dengine.server;

import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.PeerAddress;
import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.proto.v1.AddLearnerRequest;
import io.dengine.proto.v1.AddLearnerResponse;
import io.dengine.proto.v1.ClusterGrpc;
import io.dengine.proto.v1.DemoteRequest;
import io.dengine.proto.v1.DemoteResponse;
import io.dengine.proto.v1.LeaderRequest;
import io.dengine.proto.v1.LeaderResponse;
import io.dengine.proto.v1.MembersRequest;
import io.dengine.proto.v1.MembersResponse;
import io.dengine.proto.v1.PromoteRequest;
import io.dengine.proto.v1.PromoteResponse;
import io.dengine.proto.v1.RemoveRequest;
import io.dengine.proto.v1.RemoveResponse;
import io.dengine.proto.v1.ReplaceRequest;
import io.dengine.proto.v1.ReplaceResponse;
import io.dengine.proto.v1.SnapshotRequest;
import io.dengine.proto.v1.SnapshotResponse;
import io.dengine.proto.v1.StatusRequest;
import io.dengine.proto.v1.StatusResponse;
import io.dengine.proto.v1.TransferLeadershipRequest;
import io.dengine.proto.v1.TransferLeadershipResponse;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The cluster in {@code dengine.v1}. Thread-safe. */
final class ClusterService extends ClusterGrpc.ClusterImplBase {

    private final NodeId self;
    private final String clusterName;
    private final ServedNode node;
    private final UnaryCalls calls;

    ClusterService(NodeId self, String clusterName, ServedNode node, UnaryCalls calls) {
        this.self = self;
        this.clusterName = clusterName;
        this.node = node;
        this.calls = calls;
    }

    @Override
    public void members(MembersRequest request, StreamObserver<MembersResponse> call) {
        calls.answer(call, () -> {
            Membership membership = node.cluster().members();
            LeaderChange leader = node.leader().get();
            MembersResponse.Builder response = MembersResponse.newBuilder()
                    .setClusterName(clusterName)
                    .setLeaderId(ClusterMessages.id(leader.leader()))
                    .setTerm(leader.term())
                    .setNodeId(self.value());
            for (NodeId id : membership.members()) {
                response.addMembers(ClusterMessages.member(membership, id));
            }
            return CompletableFuture.completedFuture(response.build());
        });
    }

    @Override
    public void leader(LeaderRequest request, StreamObserver<LeaderResponse> call) {
        calls.answer(call, () -> {
            Membership membership = node.cluster().members();
            LeaderChange leader = node.leader().get();
            LeaderResponse.Builder response = LeaderResponse.newBuilder().setTerm(leader.term());
            NodeId id = leader.leader();
            if (id != null) {
                response.setLeaderId(id.value());
                if (membership.contains(id)) {
                    response.setPeerAddress(membership.member(id).address())
                            .setApiAddress(membership.member(id).apiAddress());
                }
            }
            return CompletableFuture.completedFuture(response.build());
        });
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> call) {
        calls.answer(
                call,
                () -> CompletableFuture.supplyAsync(
                        () -> ClusterMessages.status(node.status().get()), node.callbacks()));
    }

    @Override
    public void addLearner(AddLearnerRequest request, StreamObserver<AddLearnerResponse> call) {
        order(
                call,
                cluster -> cluster.addLearner(
                        NodeId.of(request.getNodeId()), address(request.getPeerAddress()), request.getReadOnly()),
                AddLearnerResponse.getDefaultInstance());
    }

    @Override
    public void promote(PromoteRequest request, StreamObserver<PromoteResponse> call) {
        order(call, cluster -> cluster.promote(NodeId.of(request.getNodeId())), PromoteResponse.getDefaultInstance());
    }

    @Override
    public void demote(DemoteRequest request, StreamObserver<DemoteResponse> call) {
        order(call, cluster -> cluster.demote(NodeId.of(request.getNodeId())), DemoteResponse.getDefaultInstance());
    }

    @Override
    public void remove(RemoveRequest request, StreamObserver<RemoveResponse> call) {
        order(call, cluster -> cluster.remove(NodeId.of(request.getNodeId())), RemoveResponse.getDefaultInstance());
    }

    @Override
    public void replace(ReplaceRequest request, StreamObserver<ReplaceResponse> call) {
        order(
                call,
                cluster -> cluster.replace(
                        NodeId.of(request.getLeavingNodeId()),
                        NodeId.of(request.getJoiningNodeId()),
                        address(request.getPeerAddress())),
                ReplaceResponse.getDefaultInstance());
    }

    @Override
    public void transferLeadership(TransferLeadershipRequest request, StreamObserver<TransferLeadershipResponse> call) {
        int target = request.getTargetNodeId();
        order(
                call,
                cluster -> cluster.transferLeadership(target == 0 ? null : NodeId.of(target)),
                TransferLeadershipResponse.getDefaultInstance());
    }

    @Override
    public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> call) {
        calls.answer(
                call,
                () -> node.cluster()
                        .snapshot()
                        .thenApply(index ->
                                SnapshotResponse.newBuilder().setIndex(index).build()));
    }

    private <T> void order(StreamObserver<T> call, Function<ClusterAdmin, CompletableFuture<Void>> order, T response) {
        calls.answer(call, () -> {
            try {
                return order.apply(node.cluster()).thenApply(done -> response);
            } catch (IllegalArgumentException e) { // an id or an address that is none
                throw Messages.invalid(e);
            }
        });
    }

    private static PeerAddress address(String text) {
        return PeerAddress.parse("peer_address", text);
    }
}
