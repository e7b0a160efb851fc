package io.dengine.transport;

import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import org.jspecify.annotations.Nullable;

/** What an operator wants of the leader. */
public sealed interface ClusterOrder {

    /**
     * Another membership.
     *
     * @param change the change
     */
    record Change(MembershipChange change) implements ClusterOrder {}

    /**
     * Another leader.
     *
     * @param target the voter to lead; null for the one that lacks least
     */
    record Transfer(@Nullable NodeId target) implements ClusterOrder {}
}
