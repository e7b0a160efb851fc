package io.dengine.transport.netty;

import org.jspecify.annotations.Nullable;

/** A peer sent bytes that this protocol version cannot mean. The connection they came over is closed. */
final class MalformedFrameException extends Exception {

    MalformedFrameException(String reason) {
        this(reason, null);
    }

    MalformedFrameException(String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
