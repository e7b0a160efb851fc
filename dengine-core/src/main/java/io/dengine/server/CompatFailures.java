package io.dengine.server;

import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.proto.compat.client.ClientResponse;
import io.dengine.proto.compat.error.ErrorCode;
import io.dengine.proto.compat.error.ErrorMetadata;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.LeaderHint;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** How clients of d-engine are told of failures. Thread-safe. */
final class CompatFailures {

    /** Who leads, as JSON, beside the status FAILED_PRECONDITION. */
    static final Metadata.Key<String> LEADER = Metadata.Key.of("x-raft-leader", Metadata.ASCII_STRING_MARSHALLER);

    private final StatusMapper statuses;

    CompatFailures(StatusMapper statuses) {
        this.statuses = statuses;
    }

    /**
     * Returns whether these clients shall ask elsewhere. A read is refused for its time alone, whatever it waited for; they are
     * to tell a node without a leader from a slow one.
     */
    boolean isLeaderless(Throwable cause) {
        return cause instanceof RefusedException refused
                && switch (refused.reason()) {
                    case NO_LEADER -> true;
                    case TIMEOUT -> statuses.leaderHint() == null;
                    default -> false;
                };
    }

    ClientResponse notLeader(Throwable refused) {
        Failure failure = statuses.failure(refused);
        ErrorMetadata.Builder metadata = ErrorMetadata.newBuilder()
                .setRetryAfterMs(StatusMapper.retryAfterMillis(Reason.NO_LEADER))
                .setDebugMessage(failure.getText());
        if (failure.hasLeader()) {
            metadata.setLeaderId(Integer.toString(failure.getLeader().getNodeId()))
                    .setLeaderAddress(failure.getLeader().getApiAddress());
        }
        return ClientResponse.newBuilder()
                .setError(ErrorCode.NOT_LEADER)
                .setMetadata(metadata)
                .build();
    }

    ClientResponse outcomeUnknown(IndeterminateException cause) {
        return ClientResponse.newBuilder()
                .setError(ErrorCode.PROPOSE_FAILED)
                .setMetadata(ErrorMetadata.newBuilder().setDebugMessage(String.valueOf(cause.getMessage())))
                .build();
    }

    /** Returns what a call ends with: as {@link StatusMapper} has it, but where no leader is known as d-engine has it. */
    StatusRuntimeException exception(Throwable thrown) {
        StatusRuntimeException exception = statuses.exception(thrown);
        Throwable cause = StatusMapper.causeOf(thrown);
        if (!isLeaderless(cause)) {
            return exception;
        }
        Metadata trailers = exception.getTrailers() == null ? new Metadata() : exception.getTrailers();
        LeaderHint leader = statuses.leaderHint();
        if (leader != null) {
            trailers.put(LEADER, json(leader));
        }
        return Status.FAILED_PRECONDITION
                .withDescription("Not leader: " + cause.getMessage())
                .asRuntimeException(trailers);
    }

    /** An address is a host and a port; nothing in it needs an escape but what nobody names a host. */
    private static String json(LeaderHint leader) {
        String address = leader.getApiAddress().replaceAll("[^\\x21-\\x7e]|[\"\\\\]", "?");
        return "{\"leader_id\":\"" + leader.getNodeId() + "\",\"address\":\"" + address + "\"}";
    }
}
