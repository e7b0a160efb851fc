package io.dengine.raft.message;

import io.dengine.raft.entry.EntryId;

/**
 * A candidate asks for a vote (Raft paper, section 5.2; pre-vote: Ongaro's thesis, section 9.6).
 *
 * @param term the term campaigned in; for a pre-vote the term that would be
 * @param preVote whether this only asks what the answer would be
 * @param last the candidate's last log entry
 * @param transfer whether the leader itself asked for this election, so that voters do not protect it
 */
public record VoteRequest(long term, boolean preVote, EntryId last, boolean transfer) implements RaftMessage {
    public VoteRequest {
        RaftMessage.require(term > 0 && last.term() < term, "last log term < term", term);
    }
}
