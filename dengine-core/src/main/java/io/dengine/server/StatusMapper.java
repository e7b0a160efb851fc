package io.dengine.server;

import io.dengine.api.CompactedException;
import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.LeaderHint;
import io.dengine.proto.v1.Reason;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where failures become what gRPC says of them. Thread-safe.
 *
 * <p>The status is for clients that know nothing of dengine, so none that is commonly retried stands for a write that may
 * have happened.
 */
final class StatusMapper {

    /** Carries the {@link Failure} of a call beside its status. */
    static final Metadata.Key<Failure> FAILURE =
            Metadata.Key.of("dengine-failure-bin", ProtoUtils.metadataMarshaller(Failure.getDefaultInstance()));

    private static final Logger log = LoggerFactory.getLogger(StatusMapper.class);

    private final Supplier<LeaderChange> leader;
    private final Supplier<Membership> members;

    StatusMapper(Supplier<LeaderChange> leader, Supplier<Membership> members) {
        this.leader = leader;
        this.members = members;
    }

    /** Returns what a call ends with. */
    StatusRuntimeException exception(Throwable cause) {
        return exception(status(cause), failure(cause));
    }

    static StatusRuntimeException exception(Status status, Failure failure) {
        Metadata trailers = new Metadata();
        trailers.put(FAILURE, failure);
        return status.withDescription(failure.getText()).asRuntimeException(trailers);
    }

    static Status status(Throwable thrown) {
        Throwable cause = causeOf(thrown);
        if (cause instanceof RefusedException refused) {
            return status(refused.reason());
        }
        if (cause instanceof IndeterminateException) {
            return Status.UNKNOWN;
        }
        return Status.INTERNAL;
    }

    private static Status status(RefusedException.Reason reason) {
        return switch (reason) {
            case NO_LEADER, UNAVAILABLE, CLOSED -> Status.UNAVAILABLE;
            case OVERLOADED -> Status.RESOURCE_EXHAUSTED;
            case TIMEOUT -> Status.DEADLINE_EXCEEDED;
            case UNSAFE -> Status.FAILED_PRECONDITION;
            case TOO_LARGE, INVALID -> Status.INVALID_ARGUMENT;
            case COMPACTED -> Status.OUT_OF_RANGE;
        };
    }

    /** Returns the detail of a failure. */
    Failure failure(Throwable thrown) {
        Throwable cause = causeOf(thrown);
        Failure.Builder failure = Failure.newBuilder().setText(String.valueOf(cause.getMessage()));
        if (cause instanceof RefusedException refused) {
            failure.setFailureClass(FailureClass.FAILURE_CLASS_REFUSED)
                    .setReason(reason(refused.reason()))
                    .setRetryAfterMillis(retryAfterMillis(refused.reason()));
            if (refused instanceof CompactedException compacted) {
                failure.setOldestRevision(compacted.oldestRevision());
            }
            LeaderHint hint = goesElsewhere(refused.reason()) ? leaderHint() : null;
            return (hint == null ? failure : failure.setLeader(hint)).build();
        }
        if (cause instanceof IndeterminateException) {
            return failure.setFailureClass(FailureClass.FAILURE_CLASS_INDETERMINATE)
                    .build();
        }
        if (cause instanceof FatalException) {
            return failure.setFailureClass(FailureClass.FAILURE_CLASS_FATAL).build();
        }
        log.error("a request failed in a way that it should not", cause);
        return failure.setFailureClass(FailureClass.FAILURE_CLASS_INDETERMINATE)
                .setText("the node failed in a way that it should not: " + cause)
                .build();
    }

    private static Reason reason(RefusedException.Reason reason) {
        return switch (reason) {
            case NO_LEADER -> Reason.REASON_NO_LEADER;
            case OVERLOADED -> Reason.REASON_OVERLOADED;
            case TIMEOUT -> Reason.REASON_TIMEOUT;
            case UNAVAILABLE -> Reason.REASON_UNAVAILABLE;
            case UNSAFE -> Reason.REASON_UNSAFE;
            case TOO_LARGE -> Reason.REASON_TOO_LARGE;
            case INVALID -> Reason.REASON_INVALID;
            case COMPACTED -> Reason.REASON_COMPACTED;
            case CLOSED -> Reason.REASON_CLOSED;
        };
    }

    static long retryAfterMillis(RefusedException.Reason reason) {
        return switch (reason) {
            case NO_LEADER -> 100;
            case OVERLOADED -> 20;
            case UNAVAILABLE, UNSAFE -> 1_000;
            case TIMEOUT, TOO_LARGE, INVALID, COMPACTED, CLOSED -> 0;
        };
    }

    private static boolean goesElsewhere(RefusedException.Reason reason) {
        return switch (reason) {
            case NO_LEADER, OVERLOADED, TIMEOUT, UNAVAILABLE, CLOSED -> true;
            case UNSAFE, TOO_LARGE, INVALID, COMPACTED -> false;
        };
    }

    /** Returns who leads; null while nobody is known to. */
    @Nullable
    LeaderHint leaderHint() {
        NodeId id = leader.get().leader();
        if (id == null) {
            return null;
        }
        Membership known = members.get();
        return LeaderHint.newBuilder()
                .setNodeId(id.value())
                .setApiAddress(known.contains(id) ? known.member(id).apiAddress() : "")
                .build();
    }

    /** Returns what futures have put other exceptions around. */
    static Throwable causeOf(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Returns the failure of an operation that this port did not wait for any longer, if that is what {@code thrown} says. */
    static Throwable orTimedOut(Throwable thrown, boolean isWrite) {
        Throwable cause = causeOf(thrown);
        if (!(cause instanceof TimeoutException)) {
            return cause;
        }
        return isWrite
                ? new IndeterminateException(
                        "the write was not answered in the time given: it may have happened, or may yet")
                : new RefusedException(RefusedException.Reason.TIMEOUT, "the read was not answered in the time given");
    }
}
