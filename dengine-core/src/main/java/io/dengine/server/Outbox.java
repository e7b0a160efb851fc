package io.dengine.server;

import com.google.protobuf.MessageLite;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a client to take it. Whoever adds something sends as much as the client takes, unless another thread is at
 * it. It takes whatever is added; owners look at {@link #isFull} and add no more until told that there is room.
 * Thread-safe.
 *
 * @param <T> what is added
 * @param <M> what is sent, of one or more of those
 */
final class Outbox<T extends MessageLite, M> {

    private final ServerCallStreamObserver<M> call;
    private final Function<List<T>, M> frame;
    private final int maxFrameBytes;
    private final long maxUnsentBytes;
    private final Runnable onRoom;
    private final AtomicInteger rounds = new AtomicInteger();

    // Guarded by this.
    private final Queue<T> unsent = new ArrayDeque<>();
    private long unsentBytes;
    private boolean ending;
    private @Nullable StatusRuntimeException failure;
    private boolean ended;

    /**
     * To be made within the call of the service method.
     *
     * @param frame makes a message of one or more
     * @param maxFrameBytes a message ends before this is exceeded, but holds one; 0 for one each
     * @param maxUnsentBytes from here on the outbox is full
     * @param onRoom called whenever something may have changed and the outbox is not full; by one thread at a time, without
     *     any lock held
     */
    Outbox(
            ServerCallStreamObserver<M> call,
            Function<List<T>, M> frame,
            int maxFrameBytes,
            long maxUnsentBytes,
            Runnable onRoom) {
        this.call = call;
        this.frame = frame;
        this.maxFrameBytes = maxFrameBytes;
        this.maxUnsentBytes = maxUnsentBytes;
        this.onRoom = onRoom;
        call.setOnReadyHandler(this::turn);
    }

    /** Queues {@code item} behind all others; drops it if the stream has ended. */
    void add(T item) {
        queue(item);
        turn();
    }

    /** As {@link #add}, but a {@link #turn} must follow. Calls nobody, so a lock may be held. */
    synchronized void queue(T item) {
        if (!ending && !ended) {
            unsent.add(item);
            unsentBytes += item.getSerializedSize();
        }
    }

    synchronized boolean isFull() {
        return unsentBytes >= maxUnsentBytes;
    }

    /** Ends the stream behind what is queued; with {@code cause}, or well if that is null. The first end counts. */
    void end(@Nullable StatusRuntimeException cause) {
        synchronized (this) {
            if (ending || ended) {
                return;
            }
            ending = true;
            failure = cause;
        }
        turn();
    }

    /** Ends the stream now; what is queued is dropped. */
    void fail(StatusRuntimeException cause) {
        synchronized (this) {
            drop();
        }
        end(cause);
    }

    /** The client has gone: what is queued is dropped, and nothing is taken any more. */
    synchronized void abandon() {
        ended = true;
        drop();
    }

    private void drop() {
        unsent.clear();
        unsentBytes = 0;
    }

    /** Sends what the client takes, and tells the owner of the room. */
    void turn() {
        if (rounds.getAndIncrement() != 0) {
            return; // the thread that is at it goes round once more
        }
        int seen = 1;
        do {
            while (call.isReady() && sendOne()) {}
            endIfDue();
            if (!isFull()) {
                onRoom.run();
            }
            seen = rounds.addAndGet(-seen);
        } while (seen != 0);
    }

    private boolean sendOne() {
        List<T> items = takeOfOneFrame();
        if (items.isEmpty()) {
            return false;
        }
        call.onNext(frame.apply(items));
        return true;
    }

    private synchronized List<T> takeOfOneFrame() {
        List<T> items = new ArrayList<>();
        long bytes = 0;
        for (T item = unsent.peek(); item != null; item = unsent.peek()) {
            bytes += item.getSerializedSize();
            if (bytes > maxFrameBytes && !items.isEmpty()) {
                break;
            }
            items.add(unsent.remove());
            unsentBytes -= item.getSerializedSize();
        }
        return items;
    }

    private void endIfDue() {
        StatusRuntimeException cause;
        synchronized (this) {
            if (ended || !ending || !unsent.isEmpty()) {
                return;
            }
            ended = true;
            cause = failure;
        }
        if (cause == null) {
            call.onCompleted();
        } else {
            call.onError(cause);
        }
    }
}
