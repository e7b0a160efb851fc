package io.dengine.client.grpc;

import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.client.grpc.ClientSettings.SourcedTls;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.FailureClass;
import io.dengine.tls.TlsFailure;
import io.dengine.tls.TlsMaterial;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.netty.handler.ssl.SslContext;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What nodes say of failures, as exceptions. The one place where that is decided. */
final class Failures {

    /** Carries the failure of a call beside its status. */
    private static final Metadata.Key<Failure> TRAILER =
            Metadata.Key.of("dengine-failure-bin", ProtoUtils.metadataMarshaller(Failure.getDefaultInstance()));

    private Failures() {}

    /** Returns what a node told of a failed call; null if it told nothing. */
    static @Nullable Failure told(@Nullable Metadata trailers) {
        return trailers == null ? null : trailers.get(TRAILER);
    }

    /** Returns the failure of an operation. A node that broke is one that is to be avoided, and its pending writes may have happened. */
    static CoordinationException of(Failure failure, boolean write) {
        if (failure.getFailureClass() == FailureClass.FAILURE_CLASS_REFUSED) {
            return new RefusedException(reason(failure), failure.getText());
        }
        if (write) {
            return new IndeterminateException(failure.getText());
        }
        return new RefusedException(Reason.UNAVAILABLE, failure.getText());
    }

    private static Reason reason(Failure failure) {
        return switch (failure.getReason()) {
            case REASON_NO_LEADER -> Reason.NO_LEADER;
            case REASON_OVERLOADED -> Reason.OVERLOADED;
            case REASON_TIMEOUT -> Reason.TIMEOUT;
            // It is the node that is closed, not this client: another one may serve.
            case REASON_UNAVAILABLE, REASON_CLOSED -> Reason.UNAVAILABLE;
            case REASON_UNSAFE -> Reason.UNSAFE;
            case REASON_TOO_LARGE -> Reason.TOO_LARGE;
            case REASON_COMPACTED -> Reason.COMPACTED;
            case REASON_INVALID, REASON_UNSPECIFIED, UNRECOGNIZED -> Reason.INVALID;
        };
    }

    /** Returns the failure of a call that ended with {@code status} after it was sent, and of which the node said nothing. */
    static CoordinationException of(Status status, String node, boolean write) {
        if (isTooLarge(status)) {
            return new RefusedException(Reason.TOO_LARGE, node + " refused it: " + text(status));
        }
        return switch (status.getCode()) {
            case UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT ->
                new RefusedException(Reason.INVALID, node + " refused it: " + text(status));
            default -> write ? lostWrite(node, text(status)) : lostRead(status, node);
        };
    }

    /** gRPC gives a message that is above the node's limit no code of its own. No answer to a write is that large. */
    private static boolean isTooLarge(Status status) {
        String description = status.getDescription();
        return status.getCode() == Status.Code.RESOURCE_EXHAUSTED
                && description != null
                && description.contains("exceeds maximum size");
    }

    /** Returns the failure of a write that was sent on a connection that ended without an answer. */
    static IndeterminateException lostWrite(String node, String why) {
        return new IndeterminateException("the write was sent to " + node + ", and there was no answer: " + why
                + "; it may have happened, or may yet");
    }

    private static RefusedException lostRead(Status status, String node) {
        boolean late = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
        return new RefusedException(
                late ? Reason.TIMEOUT : Reason.UNAVAILABLE, node + " did not answer: " + text(status));
    }

    static RefusedException unreachable(String node, String why) {
        return new RefusedException(Reason.UNAVAILABLE, node + " cannot be used: " + why);
    }

    /**
     * Returns why TLS failed, if that is why a call did.
     *
     * @param tls what the client uses; null for plaintext
     */
    static @Nullable String ofTls(Status status, @Nullable Supplier<SslContext> tls) {
        TlsMaterial shown = tls instanceof SourcedTls sourced ? sourced.source().current() : null;
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                return TlsFailure.of(cause, shown).text();
            }
        }
        return null;
    }

    /** Returns whether there was somebody, who ended the connection without a word. */
    static boolean wasCutOff(Status status) {
        Throwable innermost = null;
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            innermost = cause;
        }
        return status.getCode() == Status.Code.UNAVAILABLE
                && !(innermost instanceof ConnectException)
                && !(innermost instanceof UnknownHostException);
    }

    /** Returns a status in words, with its innermost cause, which names the host that is wrong. */
    static String text(Status status) {
        StringBuilder text = new StringBuilder(status.getCode().toString());
        if (status.getDescription() != null) {
            text.append(", ").append(status.getDescription());
        }
        Throwable cause = status.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null
                ? text.toString()
                : text.append(" (").append(cause.getMessage()).append(')').toString();
    }
}
