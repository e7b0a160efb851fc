package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.dengine.api.RefusedException;
import io.grpc.MethodDescriptor;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One request of a caller, until it is answered. Belongs to the loop once it was submitted; the answer may be waited for
 * anywhere.
 */
final class PendingCall {

    /**
     * Which node to ask.
     *
     * @param kind how it is found
     * @param nodeId the node, with NODE
     */
    record Target(Kind kind, int nodeId) {

        static final Target LEADER = new Target(Kind.LEADER, 0);
        static final Target NEAREST = new Target(Kind.NEAREST, 0);

        enum Kind {
            /** The one that leads, as far as is known; any other hands the request on. */
            LEADER,
            /** A connected one, the nearest. */
            NEAREST,
            /** This one and no other. */
            NODE
        }

        static Target node(int nodeId) {
            return new Target(Kind.NODE, nodeId);
        }
    }

    /**
     * What is asked.
     *
     * @param method the call, where it goes as one of its own
     * @param message the request
     * @param write whether it changes anything, so that it must not be carried out twice
     * @param exchange whether it may travel on the stream of operations
     * @param target which node to ask
     */
    record Request(
            MethodDescriptor<? extends Message, ? extends Message> method,
            Message message,
            boolean write,
            boolean exchange,
            Target target) {}

    final Request request;
    final int bytes;
    final long deadlineNanos;
    final CompletableFuture<Message> answer = new CompletableFuture<>();

    /** How often it was tried. */
    int attempts;
    /** Why the last try was refused. */
    @Nullable
    RefusedException refusal;
    /** Where it is: queued there, or sent. Null while it waits for its next try. */
    @Nullable
    Connection connection;
    /** Whether it has left, so that it may have been carried out. */
    boolean sent;
    /** Its id on the stream that it left on. */
    long exchangeId;
    /** When it left. */
    long sentAtNanos;

    PendingCall(Request request, long deadlineNanos) {
        this.request = request;
        this.bytes = request.message().getSerializedSize();
        this.deadlineNanos = deadlineNanos;
    }
}
