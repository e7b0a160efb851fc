package io.dengine.transport;

import io.dengine.api.ByteSequence;
import io.dengine.command.CommandResult;
import io.dengine.raft.message.RaftMessage;
import org.jspecify.annotations.Nullable;

/** What travels between peers. */
public sealed interface PeerMessage {

    /**
     * Consensus.
     *
     * @param message the message
     */
    record Consensus(RaftMessage message) implements PeerMessage {}

    /**
     * A follower asks its leader to propose a command.
     *
     * @param requestId unique at the sender while it runs
     * @param command the encoded command
     */
    record ProposeRequest(long requestId, ByteSequence command) implements PeerMessage {}

    /**
     * The answer to a {@link ProposeRequest}.
     *
     * @param requestId that of the request
     * @param outcome what became of it
     * @param result the result if APPLIED, else null
     * @param detail what to tell the caller if not APPLIED, else empty
     */
    record ProposeResponse(
            long requestId, Outcome outcome, @Nullable CommandResult result, String detail) implements PeerMessage {}

    /** What became of a forwarded command. The code is part of the wire format. */
    enum Outcome {
        APPLIED(0),
        /** Not proposed: the receiver does not lead. */
        NOT_LEADER(1),
        /** Not proposed: the receiver is at its limit. */
        OVERLOADED(2),
        /** Proposed, then the leader changed: it may still be applied. */
        INDETERMINATE(3),
        /** Not proposed: the receiver cannot read the command, which is a newer version's. */
        UNREADABLE(4);

        private final int code;

        Outcome(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    /**
     * A follower asks its leader for an index that a linearizable read must wait for.
     *
     * @param requestId unique at the sender while it runs
     */
    record ReadIndexRequest(long requestId) implements PeerMessage {}

    /**
     * The answer to a {@link ReadIndexRequest}.
     *
     * @param requestId that of the request
     * @param index the index to wait for, or -1 if the receiver does not lead or could not confirm it
     */
    record ReadIndexResponse(long requestId, long index) implements PeerMessage {}
}
