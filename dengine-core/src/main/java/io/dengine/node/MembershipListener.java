package io.dengine.node;

import io.dengine.raft.membership.Membership;

/** Is told who the members are, first at registration. Calls come one at a time on a callback thread that may block. */
@FunctionalInterface
public interface MembershipListener {

    /**
     * @param index the log index at which this membership took effect; 0 for the one that this node had applied when it started
     * @param membership the members
     */
    void onMembership(long index, Membership membership);
}
