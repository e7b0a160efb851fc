package io.dengine.client.grpc;

import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for one listener, bounded, and the turns on callback threads that call it, one at a time. Thread-safe; no lock
 * is held while a listener runs.
 */
final class Deliveries implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

    /** What one turn does before others get theirs. */
    private static final int CALLS_PER_TURN = 64;

    /** Large values fill the queue before their number does. One revision alone may be larger. */
    private static final long MOST_QUEUED_BYTES = 4L << 20;

    /** The deliveries whose listener is running on this thread. */
    private static final ThreadLocal<@Nullable Deliveries> RUNNING = new ThreadLocal<>();

    /** What becomes of the watch here; both are called on callback threads. */
    interface Owner {

        /** There is room again after something was not taken. */
        void roomAgain();

        /** The listener failed: the watch ends. */
        void listenerFailed();
    }

    private record Delivery(long revision, List<WatchEvent> events, long bytes) {}

    private final WatchListener listener;
    private final Executor callbacks;
    private final int maxQueuedEvents;
    private final Owner owner;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition callEnded = lock.newCondition();
    // Guarded by lock.
    private final Deque<Delivery> queue = new ArrayDeque<>(2);
    private int queuedEvents;
    private long queuedBytes;
    private boolean scheduled;
    private boolean calling;
    private boolean roomWanted;
    private @Nullable Throwable cause;
    private boolean closed;

    Deliveries(WatchListener listener, Executor callbacks, int maxQueuedEvents, Owner owner) {
        this.listener = listener;
        this.callbacks = callbacks;
        this.maxQueuedEvents = maxQueuedEvents;
        this.owner = owner;
    }

    /** Queues the changes of one revision; returns false where there is no room, and tells the owner when there is again. */
    boolean offer(long revision, List<WatchEvent> events) {
        Delivery delivery = new Delivery(revision, events, bytesOf(events));
        lock.lock();
        try {
            boolean fits = queuedEvents + events.size() <= maxQueuedEvents
                    && queuedBytes + delivery.bytes <= MOST_QUEUED_BYTES;
            if (!queue.isEmpty() && !fits) {
                roomWanted = true;
                return false;
            }
            enqueue(delivery);
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** Queues a progress mark, in the place of one that waits already. */
    void offerProgress(long revision) {
        lock.lock();
        try {
            Delivery last = queue.peekLast();
            if (last != null && last.events.isEmpty()) {
                queue.removeLast();
            }
            enqueue(new Delivery(revision, List.of(), 0));
        } finally {
            lock.unlock();
        }
    }

    private void enqueue(Delivery delivery) {
        if (closed || cause != null) {
            return;
        }
        queue.add(delivery);
        queuedEvents += delivery.events.size();
        queuedBytes += delivery.bytes;
        schedule();
    }

    /** Ends the deliveries, behind what is queued, with word to the listener. */
    void end(Throwable why) {
        lock.lock();
        try {
            if (cause == null && !closed) {
                cause = why;
                schedule();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets no call begin any more, and waits for one that runs on another thread unless this is called from a listener. */
    void close() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            if (RUNNING.get() == null) {
                while (calling) {
                    callEnded.awaitUninterruptibly();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void schedule() {
        if (scheduled) {
            return;
        }
        scheduled = true;
        submit();
    }

    private void submit() {
        try {
            callbacks.execute(this);
        } catch (RejectedExecutionException e) {
            log.debug("the client is closed, and a listener hears no more of it");
        }
    }

    @Override
    public void run() {
        for (int i = 0; i < CALLS_PER_TURN; i++) {
            if (!step()) {
                return;
            }
        }
        submit();
    }

    /** Makes one call; returns whether there may be more to do. */
    private boolean step() {
        Delivery delivery;
        Throwable ending;
        boolean room;
        lock.lock();
        try {
            delivery = queue.poll();
            ending = delivery == null ? cause : null;
            if (closed || (delivery == null && ending == null)) {
                scheduled = false;
                return false;
            }
            if (delivery == null) {
                closed = true;
            } else {
                queuedEvents -= delivery.events.size();
                queuedBytes -= delivery.bytes;
            }
            room = roomWanted && queuedEvents <= maxQueuedEvents / 2 && queuedBytes <= MOST_QUEUED_BYTES / 2;
            roomWanted &= !room;
            calling = true;
        } finally {
            lock.unlock();
        }
        if (room) {
            owner.roomAgain();
        }
        if (delivery == null) {
            Throwable why = ending == null ? new AssertionError() : ending;
            call(() -> listener.onClosed(why));
        } else if (delivery.events.isEmpty()) {
            call(() -> listener.onProgress(delivery.revision));
        } else {
            call(() -> listener.onEvents(delivery.revision, delivery.events));
        }
        return true;
    }

    private void call(Runnable call) {
        Deliveries outer = RUNNING.get();
        RUNNING.set(this);
        try {
            call.run();
        } catch (Throwable failure) { // user code: whatever it throws ends its watch and nothing else
            log.warn("the listener of a watch failed, which ends the watch", failure);
            failed(failure);
        } finally {
            if (outer == null) {
                RUNNING.remove();
            } else {
                RUNNING.set(outer);
            }
            lock.lock();
            try {
                calling = false;
                callEnded.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void failed(Throwable failure) {
        lock.lock();
        try {
            queue.clear();
            if (cause == null) {
                cause = failure;
            }
        } finally {
            lock.unlock();
        }
        owner.listenerFailed();
    }

    private static long bytesOf(List<WatchEvent> events) {
        long bytes = 0;
        for (WatchEvent event : events) {
            bytes += event.key().length() + event.entry().value().length();
            if (event.previous() != null) {
                bytes += event.previous().value().length();
            }
        }
        return bytes;
    }
}
