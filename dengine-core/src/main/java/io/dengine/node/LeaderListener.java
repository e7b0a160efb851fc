package io.dengine.node;

import io.dengine.raft.membership.NodeId;
import org.jspecify.annotations.Nullable;

/** Is told who leads. Calls come one at a time, in the order of terms, on a callback thread that may block. */
@FunctionalInterface
public interface LeaderListener {

    void onLeaderChange(LeaderChange change);

    /**
     * Who leads from now on.
     *
     * @param term the term
     * @param leader the leader, or null while there is none
     * @param self whether this node is the leader, and has applied everything acknowledged before
     */
    record LeaderChange(long term, @Nullable NodeId leader, boolean self) {}
}
