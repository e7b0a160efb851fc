package io.dengine.statemachine;

/**
 * How far the state has come; stored in the same atomic batch as the data it describes.
 *
 * @param index the index of the last entry applied
 * @param term the term of that entry
 * @param revision the store revision: 1 for the empty store, +1 for each change
 * @param clusterTimeMillis the cluster time of the last entry applied
 */
public record AppliedState(long index, long term, long revision, long clusterTimeMillis) {

    /** Nothing is applied. */
    public static final AppliedState EMPTY = new AppliedState(0, 0, 1, 0);
}
