package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * Root of all failures. What a caller may do follows from the class alone: {@link RefusedException} nothing happened,
 * {@link IndeterminateException} it may have happened, {@link FatalException} this node has left the cluster.
 */
public abstract sealed class CoordinationException extends RuntimeException
        permits RefusedException, IndeterminateException, FatalException {

    CoordinationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
