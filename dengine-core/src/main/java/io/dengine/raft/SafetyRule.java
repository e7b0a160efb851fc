package io.dengine.raft;

/** Rules that tests may switch off one at a time, to prove that the checks of the simulator see what follows. */
enum SafetyRule {
    /** Entries of older terms are committed only by an entry of the leader's own term (Raft paper, section 5.4.2). */
    COMMIT_OWN_TERM_ONLY,
    /** A read is answered only after a quorum has confirmed the leader (section 8). */
    CONFIRM_READS,
    /** The leader counts itself only for what its disk has. */
    COUNT_ONLY_DURABLE,
    /** A vote goes only to a log at least as up-to-date as the voter's (section 5.4.1). */
    COMPARE_LOGS,
    /** A lease counts from the sending of its heartbeat, not from the answer. */
    LEASE_FROM_SEND,
    /** A voter that heard from a leader, or may have before it restarted, grants no vote for an election timeout. */
    KEEP_PROMISE,
    /** Voters change by way of a joint membership that needs both majorities (section 6). */
    CHANGE_JOINTLY,
    /** A membership goes with the entry that it came with. */
    ROLL_BACK_MEMBERSHIP,
    /** A change of members waits for an entry of the leader's own term to be committed (Ongaro's note on single-server changes, 2015). */
    CHANGE_IN_OWN_TERM,
    /** Learners receive the log and do not count. */
    COUNT_VOTERS_ONLY,
    /** A leader that no quorum answers steps down (thesis, section 6.2). */
    STEP_DOWN_UNHEARD
}
