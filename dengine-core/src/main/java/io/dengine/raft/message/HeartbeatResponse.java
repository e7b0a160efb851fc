package io.dengine.raft.message;

/**
 * The follower follows.
 *
 * @param term the follower's term
 * @param round the round of the request that this answers
 */
public record HeartbeatResponse(long term, long round) implements RaftMessage {
    public HeartbeatResponse {
        RaftMessage.require(term > 0 && round >= 0, "no negative number", term);
    }
}
