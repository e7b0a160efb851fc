package io.dengine.node;

/** Whether a node can serve. */
public enum NodeHealth {
    /** A leader is known and this node follows it or leads. */
    SERVING,
    /** No leader is known. Writes and linearizable reads wait, then are refused. */
    NO_LEADER,
    /** The disk is full. The node takes no part until it is restarted with free space; nothing acknowledged is lost. */
    DISK_FULL,
    /** The disk failed or an invariant broke. The node takes no part until it is restarted. */
    FAILED,
    /** The node was closed. */
    CLOSED
}
