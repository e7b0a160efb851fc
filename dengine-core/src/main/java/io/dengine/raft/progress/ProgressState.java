package io.dengine.raft.progress;

/** How a leader feeds one peer. */
public enum ProgressState {
    /** Where the logs agree is unknown: one append at a time, until one is accepted. */
    PROBE,
    /** The logs agree: appends are pipelined. */
    REPLICATE,
    /** The leader's log no longer reaches back to what the peer needs. */
    SNAPSHOT
}
