package io.dengine.statemachine;

import io.dengine.raft.membership.Membership;

/**
 * How far the state has come; stored in the same atomic batch as the data it describes.
 *
 * @param index the index of the last entry applied
 * @param term the term of that entry
 * @param revision the store revision: 1 for the empty store, +1 for each change
 * @param clusterTimeMillis the cluster time of the last entry applied
 * @param stateHash the hash of the table: equal on every replica that has applied the same entries
 * @param membership the newest membership applied; {@link Membership#NONE} before the first
 */
public record AppliedState(
        long index, long term, long revision, long clusterTimeMillis, long stateHash, Membership membership) {

    /** Nothing is applied. */
    public static final AppliedState EMPTY = new AppliedState(0, 0, 1, 0);

    /** The state of an empty table, before the first membership. */
    public AppliedState(long index, long term, long revision, long clusterTimeMillis) {
        this(index, term, revision, clusterTimeMillis, 0, Membership.NONE);
    }
}
