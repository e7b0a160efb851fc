package io.dengine.command;

import org.jspecify.annotations.Nullable;

/**
 * Bytes are not a command, or not a result, that this version knows. While entries are applied it means that the node
 * must stop: skipping what others apply would part the replicas.
 */
public final class MalformedCommandException extends RuntimeException {

    MalformedCommandException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
