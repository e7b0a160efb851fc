package io.dengine.cli;

import io.dengine.api.CoordinationClient;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.NodeId;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A connection to a cluster, for one command. */
interface Session extends AutoCloseable {

    CoordinationClient client();

    ClusterAdmin cluster();

    /** Returns how one member is now; for null the leader, if one is known, else any member. */
    CompletableFuture<NodeStatus> status(@Nullable NodeId node);

    /** Takes a snapshot of one member's state; for null of the leader's, if one is known, else of any member's. */
    CompletableFuture<Long> snapshot(@Nullable NodeId node);

    @Override
    void close();
}
