package io.dengine.raft;

import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.RaftMessage;

/**
 * A node's present part in the protocol. Each input returns the role to hold from now on, often {@code this}; nothing
 * calls back up.
 */
sealed interface Role permits Follower, Candidate, Leader {

    RoleKind kind();

    Role tick();

    long nextDueNanos();

    /**
     * Takes a message of the node's own term, or the grant of a pre-vote. Vote requests never come here: all roles treat them
     * alike.
     */
    Role step(NodeId from, RaftMessage message);

    /** The connection to {@code peer} has ended. */
    default void onDisconnected(NodeId peer) {}

    /** A newer hard state is durable. */
    default Role onHardStateSaved() {
        return this;
    }

    /** More of the log is durable. */
    default Role onDurable() {
        return this;
    }

    /** Sends what the inputs since the last call have made possible; the driver is about to take the effects. */
    default void flush() {}

    /** The node holds another role from now on. */
    default void leave() {}
}
