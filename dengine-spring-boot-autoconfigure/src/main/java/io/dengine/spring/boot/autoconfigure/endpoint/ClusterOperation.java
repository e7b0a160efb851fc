package io.dengine.spring.boot.autoconfigure.endpoint;

/** What can be asked of the cluster, by {@code POST /actuator/dengine/<name>}, such as {@code add-learner}. */
public enum ClusterOperation {
    /** Takes in {@code node} at {@code address}; it is promoted when it has caught up, unless {@code readOnly}. */
    ADD_LEARNER,
    /** Makes the learner {@code node} a voter. */
    PROMOTE,
    /** Makes the voter {@code node} a read-only learner. */
    DEMOTE,
    /** Takes the member {@code node} out. */
    REMOVE,
    /** Takes in {@code node} at {@code address}, which takes the place of the voter {@code replaces}. */
    REPLACE,
    /** Hands leadership to {@code node}, or without it to the voter that lacks least. */
    TRANSFER_LEADERSHIP,
    /** Takes a snapshot of the state of the node that is asked. */
    SNAPSHOT
}
