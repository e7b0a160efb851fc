package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * The operation may have been carried out, or may yet be. Read the key to find out; to retry blindly is to risk doing
 * it twice.
 */
public final class IndeterminateException extends CoordinationException {

    public IndeterminateException(String message) {
        this(message, null);
    }

    public IndeterminateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
