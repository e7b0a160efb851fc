package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * This node broke: an invariant does not hold, or the disk failed. It has left consensus and answers nothing until it
 * is restarted; operations that were pending on it may have been carried out.
 */
public final class FatalException extends CoordinationException {

    public FatalException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
