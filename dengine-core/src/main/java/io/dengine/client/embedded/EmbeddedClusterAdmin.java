package io.dengine.client.embedded;

import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.PeerAddress;
import io.dengine.node.EngineNode;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.ClusterOrder;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Looks after a cluster through a node in the same process. Thread-safe. */
public final class EmbeddedClusterAdmin implements ClusterAdmin {

    private final EngineNode node;

    public EmbeddedClusterAdmin(EngineNode node) {
        this.node = node;
    }

    @Override
    public Membership members() {
        return node.members();
    }

    @Override
    public CompletableFuture<Void> addLearner(NodeId joining, PeerAddress address, boolean readOnly) {
        Member member = Member.of(joining, address.toString(), null).withReadOnly(readOnly);
        return change(new MembershipChange.AddLearner(member));
    }

    @Override
    public CompletableFuture<Void> promote(NodeId learner) {
        return change(new MembershipChange.Promote(learner));
    }

    @Override
    public CompletableFuture<Void> demote(NodeId voter) {
        return change(new MembershipChange.Demote(voter));
    }

    @Override
    public CompletableFuture<Void> remove(NodeId member) {
        return change(new MembershipChange.Remove(member));
    }

    @Override
    public CompletableFuture<Void> replace(NodeId leaving, NodeId joining, PeerAddress address) {
        return change(new MembershipChange.Replace(leaving, Member.of(joining, address.toString(), null)));
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable NodeId target) {
        return order(new ClusterOrder.Transfer(target));
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        return node.takeSnapshot().thenApplyAsync(manifest -> manifest.last().index(), node.callbacks());
    }

    private CompletableFuture<Void> change(MembershipChange change) {
        return order(new ClusterOrder.Change(change));
    }

    /** Dependents run where user code may run. */
    private CompletableFuture<Void> order(ClusterOrder order) {
        return node.order(order).thenRunAsync(() -> {}, node.callbacks());
    }
}
