package io.dengine.node;

import io.dengine.raft.membership.Membership;

/** Is told who the members are, first at registration. Calls come one at a time on a callback thread that may block. */
@FunctionalInterface
public interface MembershipListener {

    /**
     * @param index the log index at which this membership took effect; for the one that this node had applied when it started, the
     *     index up to which it had applied the log
     * @param membership the members
     */
    void onMembership(long index, Membership membership);
}
