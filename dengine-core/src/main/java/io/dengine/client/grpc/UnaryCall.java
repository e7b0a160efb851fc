package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request, one answer. Belongs to the loop. */
final class UnaryCall extends ClientCall.Listener<Message> {

    /** Hears of the end; called once. */
    interface Ending {

        /**
         * @param answer null unless the status is OK
         * @param failure null if the status is OK
         */
        void ended(@Nullable Message answer, @Nullable Status failure, @Nullable Metadata trailers);
    }

    private final ClientLoop loop;
    private final ClientCall<Message, Message> call;
    private final Ending ending;
    private @Nullable Message answer;

    private UnaryCall(ClientLoop loop, ClientCall<Message, Message> call, Ending ending) {
        this.loop = loop;
        this.call = call;
        this.ending = ending;
    }

    @SuppressWarnings("unchecked") // the marshallers of a method make and take messages of its own types alone
    static UnaryCall start(
            ClientLoop loop,
            Channel channel,
            MethodDescriptor<? extends Message, ? extends Message> method,
            Message request,
            long timeoutNanos,
            Ending ending) {
        ClientCall<Message, Message> call = channel.newCall(
                (MethodDescriptor<Message, Message>) method,
                CallOptions.DEFAULT.withDeadlineAfter(timeoutNanos, TimeUnit.NANOSECONDS));
        UnaryCall unary = new UnaryCall(loop, call, ending);
        call.start(unary, new Metadata());
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
        return unary;
    }

    /** Gives up; the ending is told. */
    void cancel() {
        call.cancel("given up", null);
    }

    @Override
    public void onMessage(Message message) {
        answer = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        loop.onLoop(() -> {
            Message received = answer;
            if (status.isOk() && received != null) {
                ending.ended(received, null, null);
            } else {
                Status failure = status.isOk() ? Status.INTERNAL.withDescription("no answer") : status;
                ending.ended(null, failure, trailers);
            }
        });
    }
}
