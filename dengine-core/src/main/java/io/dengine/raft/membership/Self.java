package io.dengine.raft.membership;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who a node is, for telling whether a membership means it: a member is an id together with a storage. A node that lost its data
 * and comes back under its old id is fed the log from its beginning, and finds there memberships in which that id votes.
 * It must not take the place of who it was.
 *
 * @param id the id
 * @param storageId the storage; null if only the id counts
 * @param founder whether the storage was there when the cluster began, so that a membership of that time, which names no
 *     storages yet, means it
 */
public record Self(NodeId id, @Nullable UUID storageId, boolean founder) {

    /** Returns a node that is known by its id alone. */
    public static Self founder(NodeId id) {
        return new Self(id, null, true);
    }

    /** Returns whether this very node votes in {@code membership}. */
    public boolean isVoterOf(Membership membership) {
        return membership.isVoter(id) && isNamedBy(membership);
    }

    /** Returns whether this very node belongs to {@code membership}. */
    public boolean isMemberOf(Membership membership) {
        return membership.contains(id) && isNamedBy(membership);
    }

    private boolean isNamedBy(Membership membership) {
        UUID known = membership.member(id).storageId();
        return known == null ? founder : storageId == null || known.equals(storageId);
    }
}
