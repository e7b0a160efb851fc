package io.dengine.raft.message;

/**
 * A voter's answer.
 *
 * @param term a grant repeats the term asked for; a refusal carries the voter's own term
 * @param preVote whether it answers a pre-vote
 * @param granted the vote
 */
public record VoteResponse(long term, boolean preVote, boolean granted) implements RaftMessage {
    public VoteResponse {
        RaftMessage.require(term >= 0, "term >= 0", term);
    }
}
