package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.dengine.proto.v1.Answer;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.ExchangeResponse;
import io.dengine.proto.v1.KeyValueGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The stream of operations to one node: what is ready goes in one frame, answers come in any order. What is not sent when
 * the stream ends has not happened. Belongs to the loop.
 */
final class Exchange extends ClientCall.Listener<ExchangeResponse> {

    /** A frame's own cost is nothing from here on. */
    private static final int FRAME_OPERATIONS = 512;

    /** With what each operation adds, a frame stays below 64 KiB, which is the least that a node can be set to take. */
    static final int FRAME_BYTES = 32 << 10;

    /** The frames of answers under way; each is handed on at once. */
    private static final int FRAMES_ASKED = 16;

    private final Connection connection;
    private final ClientLoop loop;
    private final ClientCall<ExchangeRequest, ExchangeResponse> call;
    private final Set<PendingCall> queue = new LinkedHashSet<>();
    private final Map<Long, PendingCall> sent = new HashMap<>();
    private long lastId;

    Exchange(Connection connection, ClientLoop loop, Channel channel) {
        this.connection = connection;
        this.loop = loop;
        this.call = channel.newCall(KeyValueGrpc.getExchangeMethod(), CallOptions.DEFAULT);
        call.start(this, new Metadata());
        call.request(FRAMES_ASKED);
    }

    void add(PendingCall pending) {
        queue.add(pending);
    }

    /** Sends as much as the connection takes. It is connected when it says that it takes something. */
    void flush() {
        while (!queue.isEmpty() && call.isReady()) {
            call.sendMessage(nextFrame());
        }
    }

    private ExchangeRequest nextFrame() {
        ExchangeRequest.Builder frame = ExchangeRequest.newBuilder();
        long now = loop.nanoTime();
        int bytes = 0;
        for (Iterator<PendingCall> it = queue.iterator();
                it.hasNext() && frame.getOperationsCount() < FRAME_OPERATIONS; ) {
            PendingCall next = it.next();
            bytes += next.bytes;
            if (bytes > FRAME_BYTES && frame.getOperationsCount() > 0) {
                break;
            }
            it.remove();
            next.sent = true;
            next.sentAtNanos = now;
            sent.put(++lastId, next);
            next.exchangeId = lastId;
            Requests.add(next.request.message(), lastId, Connection.millisLeft(next, now), frame);
        }
        return frame.build();
    }

    /** Drops what is given up: its answer, should it come, is nobody's. */
    void forget(PendingCall pending) {
        queue.remove(pending);
        sent.remove(pending.exchangeId, pending);
    }

    /** Asks for no more than the answers to what was sent. */
    void finish() {
        call.halfClose();
    }

    @Override
    public void onReady() {
        loop.onLoop(this::flush);
    }

    @Override
    public void onMessage(ExchangeResponse response) {
        loop.onLoop(() -> {
            connection.heard();
            for (Answer answer : response.getAnswersList()) {
                take(answer);
            }
            call.request(1);
        });
    }

    private void take(Answer answer) {
        PendingCall answered = sent.remove(answer.getId());
        if (answered == null) {
            return;
        }
        Message result = Results.of(answer);
        if (result == null) {
            connection.failed(answered, answer.getFailure());
        } else {
            connection.answered(answered, result);
        }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        loop.onLoop(() -> connection.streamEnded("the stream of operations", status, trailers));
    }
}
