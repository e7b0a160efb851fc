package io.dengine.api;

/** How fresh a read must be. */
public enum ReadConsistency {
    /** Sees every write acknowledged before the read began, confirmed by a quorum; relies on no clock. The default. */
    LINEARIZABLE,
    /**
     * As LINEARIZABLE while the clocks' rates differ by less than the configured drift bound: the leader answers alone
     * under its lease. Where no lease holds, it is a LINEARIZABLE read.
     */
    LEASE,
    /** What this node has applied so far, which may be old. Never waits. */
    LOCAL
}
