package io.dengine.tls;

import org.jspecify.annotations.Nullable;

/** A key or certificate cannot be used: says which, what is wrong with it, and what to do. */
public final class InvalidTlsMaterialException extends IllegalArgumentException {

    InvalidTlsMaterialException(String problem) {
        this(problem, null);
    }

    InvalidTlsMaterialException(String problem, @Nullable Throwable cause) {
        super(problem, cause);
    }
}
