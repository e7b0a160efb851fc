package io.dengine.raft.message;

/**
 * A follower's answer to an {@link AppendRequest}. An acceptance is a promise and leaves only after the disk has it.
 *
 * @param term the follower's term
 * @param accepted whether the follower's log now agrees with the leader's up to {@code index}
 * @param index accepted: the last index that agrees and is durable; rejected: the {@code previous} index refused
 * @param hintTerm rejected: the term of the follower's entry at {@code hintIndex}; 0 if accepted
 * @param hintIndex rejected: the highest index at which the logs may still agree; 0 if accepted
 */
public record AppendResponse(long term, boolean accepted, long index, long hintTerm, long hintIndex)
        implements RaftMessage {
    public AppendResponse {
        RaftMessage.require(term > 0 && index >= 0 && hintTerm >= 0 && hintIndex >= 0, "no negative number", term);
    }

    public static AppendResponse accepted(long term, long matchIndex) {
        return new AppendResponse(term, true, matchIndex, 0, 0);
    }

    public static AppendResponse rejected(long term, long previousIndex, long hintTerm, long hintIndex) {
        return new AppendResponse(term, false, previousIndex, hintTerm, hintIndex);
    }
}
