package io.dengine.cluster;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes the members of a cluster while it runs. Thread-safe; any member takes an order and hands it on to the leader.
 *
 * <p>No accepted order can cost the cluster its quorum while a majority lives: a node becomes a voter only when it has caught up,
 * voters change by way of a joint membership, one change at a time. Every order may be given again: what is so already is done at once.
 *
 * <p>The futures complete on a callback thread; exceptionally with a {@link io.dengine.api.RefusedException} of reason UNSAFE
 * if the order could cost the quorum, the node it names cannot be reached, or another change is not through in time, INVALID if it
 * makes no sense for the present members, NO_LEADER, OVERLOADED, UNAVAILABLE or CLOSED; and with an
 * {@link io.dengine.api.IndeterminateException} if it was begun and not heard of again in time.
 */
public interface ClusterAdmin {

    /** Returns the members as this node has applied them. */
    Membership members();

    /**
     * Takes a node in as a learner: it gets all data and has no vote. The node must be running, waiting to join, and reachable.
     *
     * @param readOnly whether it stays a learner; otherwise the leader promotes it as soon as it has caught up
     */
    CompletableFuture<Void> addLearner(NodeId node, PeerAddress address, boolean readOnly);

    /** Makes a learner that has caught up a voter. An even number of voters is allowed, and tolerates no more failures than one voter less. */
    CompletableFuture<Void> promote(NodeId node);

    /** Makes a voter a read-only learner. A leader hands leadership over first. */
    CompletableFuture<Void> demote(NodeId node);

    /** Takes a member out. A leader hands leadership over first. The node's data stays on its disk; to come back it must be empty. */
    CompletableFuture<Void> remove(NodeId node);

    /**
     * Puts a node in a voter's place: it joins as a learner, and once it has caught up, one step makes it a voter and takes the
     * other one out. Completes when the first step is committed; the rest is done by whoever leads then.
     */
    CompletableFuture<Void> replace(NodeId leaving, NodeId joining, PeerAddress address);

    /**
     * Hands leadership over. Ends within an election timeout, whatever happens to the target.
     *
     * @param target a voter; null for the one that lacks least
     */
    CompletableFuture<Void> transferLeadership(@Nullable NodeId target);

    /**
     * Takes a snapshot of this node's state now, for whoever needs one, and shortens the log as far as the others allow.
     * Both happen by themselves where they are due.
     *
     * @return the index of the last log entry in the snapshot
     */
    CompletableFuture<Long> snapshot();
}
