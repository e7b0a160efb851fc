package io.dengine.raft;

/** A node's part in the protocol. */
public enum RoleKind {
    FOLLOWER,
    /** Asks whether it could win an election; its term is unchanged. */
    PRE_CANDIDATE,
    CANDIDATE,
    LEADER
}
