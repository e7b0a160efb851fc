package io.dengine.raft.message;

/**
 * What nodes say to each other about consensus. A constructed message is well-formed: senders and codecs need no second
 * check. Any message may be lost, delayed, repeated or overtaken.
 */
public sealed interface RaftMessage
        permits AppendRequest,
                AppendResponse,
                HeartbeatRequest,
                HeartbeatResponse,
                VoteRequest,
                VoteResponse,
                TimeoutNow {

    /** Returns the sender's term when it created the message; for a pre-vote request the term it would campaign in. */
    long term();

    /** Rejects what no sender may build. */
    static void require(boolean condition, String claim, Object message) {
        if (!condition) {
            throw new IllegalArgumentException("ill-formed message, " + claim + " does not hold: " + message);
        }
    }
}
