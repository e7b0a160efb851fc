package io.dengine.server;

import io.dengine.api.CoordinationClient;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.node.MembershipListener;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the services know of the node they serve. All parts are thread-safe.
 *
 * @param client the store
 * @param cluster the members
 * @param status the node as it is now; takes time in proportion to the open watches
 * @param health whether it can serve; takes no time
 * @param leader who leads as far as the node knows; takes no time
 * @param membershipListeners adds a listener, which is told of the present members first; closing the result removes it
 * @param callbacks runs what may take a while
 */
public record ServedNode(
        CoordinationClient client,
        ClusterAdmin cluster,
        Supplier<NodeStatus> status,
        Supplier<NodeHealth> health,
        Supplier<LeaderChange> leader,
        Function<MembershipListener, AutoCloseable> membershipListeners,
        Executor callbacks) {}
