package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What {@link NodeClient} is for the store, for the cluster's members. Thread-safe. */
final class NodeClusterAdmin implements ClusterAdmin {

    private volatile @Nullable ClusterAdmin engineAdmin;

    void connect(ClusterAdmin engineAdmin) {
        this.engineAdmin = engineAdmin;
    }

    void disconnect() {
        engineAdmin = null;
    }

    @Override
    public Membership members() {
        ClusterAdmin admin = engineAdmin;
        if (admin == null) {
            throw NodeClient.notRunning();
        }
        return admin.members();
    }

    @Override
    public CompletableFuture<Void> addLearner(NodeId node, PeerAddress address, boolean readOnly) {
        return call(admin -> admin.addLearner(node, address, readOnly));
    }

    @Override
    public CompletableFuture<Void> promote(NodeId node) {
        return call(admin -> admin.promote(node));
    }

    @Override
    public CompletableFuture<Void> demote(NodeId node) {
        return call(admin -> admin.demote(node));
    }

    @Override
    public CompletableFuture<Void> remove(NodeId node) {
        return call(admin -> admin.remove(node));
    }

    @Override
    public CompletableFuture<Void> replace(NodeId leaving, NodeId joining, PeerAddress address) {
        return call(admin -> admin.replace(leaving, joining, address));
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable NodeId target) {
        return call(admin -> admin.transferLeadership(target));
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        return call(ClusterAdmin::snapshot);
    }

    private <T> CompletableFuture<T> call(Function<ClusterAdmin, CompletableFuture<T>> order) {
        ClusterAdmin admin = engineAdmin;
        return admin == null ? CompletableFuture.failedFuture(NodeClient.notRunning()) : order.apply(admin);
    }
}
