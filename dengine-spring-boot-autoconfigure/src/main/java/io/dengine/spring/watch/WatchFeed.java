package io.dengine.spring.watch;

import io.dengine.api.CoordinationException;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Hands events from the engine's callback thread to the watch's own. Holds {@value #CAPACITY} revisions; full, it makes
 * the callback thread wait, and the engine lets the watch catch up from the history. Used for one subscription.
 */
final class WatchFeed implements WatchListener {

    private static final int CAPACITY = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Batch> batches = new ArrayDeque<>();
    private @Nullable Throwable ended;
    private boolean closed;

    /**
     * The events of one revision.
     *
     * @param revision everything up to and including it has now been seen
     * @param events what happened at it; empty where only time has passed
     */
    record Batch(long revision, List<WatchEvent> events) {}

    @Override
    public void onEvents(long revision, List<WatchEvent> events) {
        lock.lock();
        try {
            while (batches.size() >= CAPACITY && !closed) {
                changed.awaitUninterruptibly();
            }
            if (!closed) {
                batches.add(new Batch(revision, events));
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Progress matters only to a watch that has nothing else to do. */
    @Override
    public void onProgress(long revision) {
        lock.lock();
        try {
            if (batches.isEmpty() && !closed) {
                batches.add(new Batch(revision, List.of()));
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onClosed(Throwable cause) {
        lock.lock();
        try {
            ended = cause;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the next batch, waiting for it; null once closed.
     *
     * @throws CoordinationException why the subscription ended, after its last batch
     */
    @Nullable
    Batch take() throws InterruptedException {
        lock.lock();
        try {
            while (batches.isEmpty() && ended == null && !closed) {
                changed.await();
            }
            if (closed) {
                return null;
            }
            Batch batch = batches.poll();
            if (batch == null) {
                throw ended instanceof CoordinationException failure
                        ? failure
                        : new IllegalStateException("the watch ended", ended);
            }
            changed.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what was not taken and lets both sides go. */
    void close() {
        lock.lock();
        try {
            closed = true;
            batches.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
