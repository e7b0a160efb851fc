package io.dengine.raft;

import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import org.jspecify.annotations.Nullable;

/** Something the driver logs, counts or tells its listeners; the core itself does none of that. In order of occurrence. */
public sealed interface Notice {

    /**
     * This node's role, term or leader changed.
     *
     * @param term the term from now on
     * @param role the role from now on
     * @param leader the leader of that term as far as known
     * @param reason why, for the log
     */
    record RoleChanged(long term, RoleKind role, @Nullable NodeId leader, String reason) implements Notice {}

    /**
     * This node leads and the first entry of its term is committed: what it hands out as committed from here on
     * includes everything that was acknowledged in earlier terms.
     *
     * @param term its term
     * @param firstIndex the index of its term's first entry
     */
    record LeaderEstablished(long term, long firstIndex) implements Notice {}

    /**
     * Another membership is in effect: its entry was appended, or cut, or came with a snapshot. It need not be committed.
     *
     * @param index the index of its entry
     * @param membership who belongs to the cluster from now on
     */
    record MembershipChanged(long index, Membership membership) implements Notice {}

    /**
     * A peer cannot be fed from the log, which no longer reaches back far enough.
     *
     * @param peer the peer
     * @param nextIndex the entry it would need
     */
    record PeerBehindLog(NodeId peer, long nextIndex) implements Notice {}
}
