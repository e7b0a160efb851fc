package io.dengine.raft.message;

/**
 * The leader asks a follower that has its whole log to campaign at once (Ongaro's thesis, section 3.10).
 *
 * @param term the leader's term
 */
public record TimeoutNow(long term) implements RaftMessage {
    public TimeoutNow {
        RaftMessage.require(term > 0, "term > 0", term);
    }
}
