package io.dengine.node;

/** Whether a node can serve. */
public enum NodeHealth {
    /** A leader is known and this node follows it or leads. */
    SERVING,
    /** No leader is known. Writes and linearizable reads wait, then are refused. */
    NO_LEADER,
    /**
     * The disk has not finished a write for longer than the election timeout. The node neither leads nor campaigns until
     * it has; it still serves what it can.
     */
    DISK_STALLED,
    /**
     * The state differs from that of a majority. The node votes and keeps the log, but serves no reads until it has
     * fetched the state again, which it does by itself.
     */
    QUARANTINED,
    /** The disk is full. The node takes no part until it is restarted with free space; nothing acknowledged is lost. */
    DISK_FULL,
    /** The disk failed or an invariant broke. The node takes no part until it is restarted. */
    FAILED,
    /** The node was closed. */
    CLOSED
}
