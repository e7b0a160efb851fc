package io.dengine.spring.boot.autoconfigure.endpoint;

import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * Gives each class of failure its status: 400 and 409 for orders that make no sense or would be unsafe, 503 for what was
 * refused and may be tried again, 504 for what may still come about.
 */
@EndpointWebExtension(endpoint = NodeEndpoint.class)
public final class NodeEndpointWebExtension {

    private static final int CONFLICT = 409;
    private static final int GATEWAY_TIMEOUT = 504;

    private final NodeEndpoint endpoint;

    NodeEndpointWebExtension(NodeEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** As {@link NodeEndpoint#change}, with a {@link FailureDescriptor} instead of an exception. */
    @WriteOperation
    public WebEndpointResponse<?> change(
            @Selector ClusterOperation operation,
            @Nullable Integer node,
            @Nullable String address,
            @Nullable Integer replaces,
            @Nullable Boolean readOnly) {
        try {
            return new WebEndpointResponse<>(endpoint.change(operation, node, address, replaces, readOnly));
        } catch (CoordinationException e) {
            return new WebEndpointResponse<>(describe(e), status(e));
        }
    }

    private static FailureDescriptor describe(CoordinationException failure) {
        String reason = failure instanceof RefusedException refused
                ? refused.reason().name()
                : failure instanceof IndeterminateException ? "INDETERMINATE" : "FATAL";
        boolean retryable =
                failure instanceof RefusedException refused && refused.reason().retryable();
        return new FailureDescriptor(reason, retryable, String.valueOf(failure.getMessage()));
    }

    private static int status(CoordinationException failure) {
        if (failure instanceof RefusedException refused) {
            return switch (refused.reason()) {
                case UNSAFE -> CONFLICT;
                case INVALID, TOO_LARGE, COMPACTED -> WebEndpointResponse.STATUS_BAD_REQUEST;
                case NO_LEADER, OVERLOADED, TIMEOUT, UNAVAILABLE, CLOSED ->
                    WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE;
            };
        }
        return failure instanceof IndeterminateException
                ? GATEWAY_TIMEOUT
                : WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE;
    }

    /**
     * Why an order was not carried out, or not seen to be.
     *
     * @param reason why it was refused, or INDETERMINATE, or FATAL
     * @param retryable whether the same order may succeed later
     * @param detail what is in the way, for people
     */
    public record FailureDescriptor(String reason, boolean retryable, String detail) {}
}
