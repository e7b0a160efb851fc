package io.dengine.raft.message;

/**
 * The leader is there.
 *
 * @param term the leader's term
 * @param commitIndex what the follower may commit: never above what it is known to hold
 * @param round the leader's newest confirmation round, counted by the leader in this term; an answer confirms every
 *     read that was waiting when this or an earlier round began
 * @param heldByAllIndex up to where every member is known to hold the leader's log durably; 0 if unknown
 */
public record HeartbeatRequest(long term, long commitIndex, long round, long heldByAllIndex) implements RaftMessage {
    public HeartbeatRequest {
        RaftMessage.require(
                term > 0 && commitIndex >= 0 && round >= 0 && heldByAllIndex >= 0, "no negative number", term);
    }
}
