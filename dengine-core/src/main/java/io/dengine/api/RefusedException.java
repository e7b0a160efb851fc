package io.dengine.api;

import org.jspecify.annotations.Nullable;

/** The operation was not carried out and never will be. Retrying is safe; whether it can help, {@link #reason()} says. */
public non-sealed class RefusedException extends CoordinationException {

    /** Why an operation was refused. */
    public enum Reason {
        /** No leader is known, or it changed before the operation reached it: retry after a moment. */
        NO_LEADER(true),
        /** A queue is at its limit: retry after a moment, or send less at once. */
        OVERLOADED(true),
        /** A read could not be confirmed within its time: retry. */
        TIMEOUT(true),
        /** This node's disk is full or failing, so it takes no part: use another node. */
        UNAVAILABLE(true),
        /** The cluster would be in danger, or another change is not through: retry when what the text names is over. */
        UNSAFE(true),
        /** A key or value is above its limit: retrying cannot help. */
        TOO_LARGE(false),
        /** The request is ill-formed: retrying cannot help. */
        INVALID(false),
        /** The revision asked for is no longer in the history: read again, watch from there. */
        COMPACTED(false),
        /** The node or the client is closed. */
        CLOSED(false);

        private final boolean retryable;

        Reason(boolean retryable) {
            this.retryable = retryable;
        }

        /** Returns whether the same operation may succeed later. */
        public boolean retryable() {
            return retryable;
        }
    }

    private final Reason reason;

    public RefusedException(Reason reason, String message) {
        this(reason, message, null);
    }

    public RefusedException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
