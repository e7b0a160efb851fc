package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.dengine.api.RefusedException;
import io.dengine.client.Answers;
import io.dengine.client.grpc.PendingCall.Request;
import io.dengine.client.grpc.PendingCall.Target;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.PeerAddress;
import io.dengine.node.NodeStatus;
import io.dengine.proto.v1.AddLearnerRequest;
import io.dengine.proto.v1.ClusterGrpc;
import io.dengine.proto.v1.DemoteRequest;
import io.dengine.proto.v1.MembersRequest;
import io.dengine.proto.v1.MembersResponse;
import io.dengine.proto.v1.PromoteRequest;
import io.dengine.proto.v1.RemoveRequest;
import io.dengine.proto.v1.ReplaceRequest;
import io.dengine.proto.v1.SnapshotRequest;
import io.dengine.proto.v1.SnapshotResponse;
import io.dengine.proto.v1.StatusRequest;
import io.dengine.proto.v1.StatusResponse;
import io.dengine.proto.v1.TransferLeadershipRequest;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks after a cluster elsewhere. Thread-safe. Orders go to the leader and have six request timeouts; what was refused for
 * want of a leader or of room is tried again within them.
 */
public final class RemoteCluster implements ClusterAdmin {

    /** As long as an order may take at the node that leads. */
    private static final int REQUEST_TIMEOUTS_PER_ORDER = 6;

    private final ClientCore core;

    RemoteCluster(ClientCore core) {
        this.core = core;
    }

    /**
     * Asks the leader, if one is known, else any node. Of a change of members under way the answer knows who leaves, and not who
     * has joined in it.
     *
     * @throws RefusedException if no node answers within the request timeout
     */
    @Override
    public Membership members() {
        Duration timeout = core.settings().limits().requestTimeout();
        Message answer = Answers.await(
                core.dispatcher().submit(membersOf(Target.LEADER), timeout),
                timeout.plusSeconds(1).toNanos(),
                why -> new RefusedException(
                        RefusedException.Reason.TIMEOUT, "no node said who the members are: " + why));
        return ClusterMessages.membership(((MembersResponse) answer).getMembersList());
    }

    /** Returns the cluster as the leader sees it, if one is known, else any node. */
    public CompletableFuture<ClusterView> view() {
        return read(membersOf(Target.LEADER), answer -> ClusterMessages.view((MembersResponse) answer));
    }

    /** Returns how one member is now. Refused with UNAVAILABLE if it cannot be reached, or has not said where it serves clients. */
    public CompletableFuture<NodeStatus> status(NodeId node) {
        return read(statusOf(Target.node(node.value())), answer -> ClusterMessages.status((StatusResponse) answer));
    }

    /** Returns how the leader is now, if one is known, else any node. */
    public CompletableFuture<NodeStatus> status() {
        return read(statusOf(Target.LEADER), answer -> ClusterMessages.status((StatusResponse) answer));
    }

    private static Request membersOf(Target target) {
        return new Request(ClusterGrpc.getMembersMethod(), MembersRequest.getDefaultInstance(), false, false, target);
    }

    private static Request statusOf(Target target) {
        return new Request(ClusterGrpc.getStatusMethod(), StatusRequest.getDefaultInstance(), false, false, target);
    }

    @Override
    public CompletableFuture<Void> addLearner(NodeId node, PeerAddress address, boolean readOnly) {
        return order(
                ClusterGrpc.getAddLearnerMethod(),
                AddLearnerRequest.newBuilder()
                        .setNodeId(node.value())
                        .setPeerAddress(address.toString())
                        .setReadOnly(readOnly)
                        .build());
    }

    @Override
    public CompletableFuture<Void> promote(NodeId node) {
        return order(
                ClusterGrpc.getPromoteMethod(),
                PromoteRequest.newBuilder().setNodeId(node.value()).build());
    }

    @Override
    public CompletableFuture<Void> demote(NodeId node) {
        return order(
                ClusterGrpc.getDemoteMethod(),
                DemoteRequest.newBuilder().setNodeId(node.value()).build());
    }

    @Override
    public CompletableFuture<Void> remove(NodeId node) {
        return order(
                ClusterGrpc.getRemoveMethod(),
                RemoveRequest.newBuilder().setNodeId(node.value()).build());
    }

    @Override
    public CompletableFuture<Void> replace(NodeId leaving, NodeId joining, PeerAddress address) {
        return order(
                ClusterGrpc.getReplaceMethod(),
                ReplaceRequest.newBuilder()
                        .setLeavingNodeId(leaving.value())
                        .setJoiningNodeId(joining.value())
                        .setPeerAddress(address.toString())
                        .build());
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable NodeId target) {
        return order(
                ClusterGrpc.getTransferLeadershipMethod(),
                TransferLeadershipRequest.newBuilder()
                        .setTargetNodeId(target == null ? 0 : target.value())
                        .build());
    }

    /** As in the interface; of the leader's state, if one is known, else of any node's. */
    @Override
    public CompletableFuture<Long> snapshot() {
        return snapshot(Target.LEADER);
    }

    /** Takes a snapshot of one member's state. */
    public CompletableFuture<Long> snapshot(NodeId node) {
        return snapshot(Target.node(node.value()));
    }

    private CompletableFuture<Long> snapshot(Target target) {
        // To take another one harms nothing: not a write.
        Request request = new Request(
                ClusterGrpc.getSnapshotMethod(), SnapshotRequest.getDefaultInstance(), false, false, target);
        return submit(request, orderTimeout(), answer -> ((SnapshotResponse) answer).getIndex());
    }

    private CompletableFuture<Void> order(
            MethodDescriptor<? extends Message, ? extends Message> method, Message message) {
        return this.<@Nullable Void>submit(
                new Request(method, message, true, false, Target.LEADER), orderTimeout(), answer -> null);
    }

    private <T> CompletableFuture<T> read(Request request, Function<Message, T> result) {
        return submit(request, core.settings().limits().requestTimeout(), result);
    }

    private Duration orderTimeout() {
        return core.settings().limits().requestTimeout().multipliedBy(REQUEST_TIMEOUTS_PER_ORDER);
    }

    private <T extends @Nullable Object> CompletableFuture<T> submit(
            Request request, Duration timeout, Function<Message, T> result) {
        return Answers.onCallbackThread(core.dispatcher().submit(request, timeout), result, core.callbacks());
    }
}
