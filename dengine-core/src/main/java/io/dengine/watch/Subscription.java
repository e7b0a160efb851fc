package io.dengine.watch;

import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: a bounded queue between the hub, which offers, and one turn at a time on the callback executor, which
 * delivers. When the queue is full it is dropped, and turns read on from the history until they have caught up.
 *
 * <p>Thread-safe. No lock is held while a listener runs. The hub's lock may be held when this one's is taken, never the
 * other way round.
 */
final class Subscription implements Watch, Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    /** What one turn does before others get theirs. */
    private static final int STEPS_PER_TURN = 64;

    /** Large values fill the queue before their number does. One revision alone may be larger. */
    private static final long MOST_QUEUED_BYTES = 4L << 20;

    /** The watch whose listener is running on this thread. */
    private static final ThreadLocal<@Nullable Subscription> RUNNING = new ThreadLocal<>();

    private enum Mode {
        /** The queue is fed by the hub. */
        LIVE,
        /** The queue is fed from the history; offers are ignored. */
        CATCHING_UP,
        /** The listener is still to be told the cause. */
        ENDED,
        /** No call of the listener begins any more. */
        CLOSED
    }

    private final WatchHub hub;
    private final WatchRequest request;
    private final WatchListener listener;
    private final long startRevision;
    private final int maxQueuedEvents;

    // Guarded by the hub's lock.
    /** The place in its group of the registry. */
    int place;
    /** When progress is due. */
    long progressDueMillis;
    /** What this watch sees of the revision being published. */
    private @Nullable List<WatchEvent> seen;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition callEnded = lock.newCondition();
    // Guarded by lock.
    private Mode mode;
    private final Queue<Delivery> queue = new ArrayDeque<>(2);
    private int queuedEvents;
    private long queuedBytes;
    /** LIVE: revisions below it have come from the history. CATCHING_UP: the next to read there. */
    private long next;
    /** The last revision handed to the listener; it knows all about revisions up to here. */
    private long told;
    /** Whether there was an event since progress was last due. */
    private boolean active;
    /** Whether a turn is submitted or runs; always so while the queue holds something or mode is CATCHING_UP or ENDED. */
    private boolean scheduled;
    /** Whether a call of the listener runs. */
    private boolean calling;

    private @Nullable Throwable cause;

    /**
     * @param startRevision the first revision to deliver
     * @param live whether the hub has published nothing from {@code startRevision} on; if not, the caller submits the
     *     first turn
     */
    Subscription(
            WatchHub hub,
            WatchRequest request,
            WatchListener listener,
            int maxQueuedEvents,
            long startRevision,
            boolean live) {
        this.hub = hub;
        this.request = request;
        this.listener = listener;
        this.maxQueuedEvents = maxQueuedEvents;
        this.startRevision = startRevision;
        this.next = startRevision;
        this.told = startRevision - 1;
        this.mode = live ? Mode.LIVE : Mode.CATCHING_UP;
        this.scheduled = !live;
    }

    WatchRequest request() {
        return request;
    }

    @Override
    public long startRevision() {
        return startRevision;
    }

    /** Takes note of one event of the revision being published; returns whether it is the first. */
    boolean see(WatchEvent event) {
        List<WatchEvent> before = seen;
        List<WatchEvent> events = before == null ? new ArrayList<>(1) : before;
        events.add(request.previousValue() ? event : event.withoutPrevious());
        seen = events;
        return before == null;
    }

    /** Queues what was seen of {@code revision}; returns whether the caller must submit a turn. */
    boolean offerSeen(long revision) {
        List<WatchEvent> events = seen == null ? List.of() : seen;
        seen = null;
        Delivery delivery = new Delivery(revision, List.copyOf(events));
        lock.lock();
        try {
            if (mode != Mode.LIVE || revision < next) {
                return false;
            }
            active = true;
            if (!queue.isEmpty()
                    && (queuedEvents + events.size() > maxQueuedEvents
                            || queuedBytes + delivery.bytes() > MOST_QUEUED_BYTES)) {
                fallBehind(queue.element());
                return false;
            }
            enqueue(delivery);
            return wake();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Queues a progress mark if this watch is live and idle and {@code revision}, the last one published, is news to it;
     * returns whether the caller must submit a turn.
     */
    boolean offerProgress(long revision) {
        lock.lock();
        try {
            boolean idle = !active && queue.isEmpty();
            active = false;
            if (mode != Mode.LIVE || !idle || revision <= told) {
                return false;
            }
            enqueue(Delivery.progress(revision));
            return wake();
        } finally {
            lock.unlock();
        }
    }

    /** Turns live if everything up to {@code published}, the last revision published, has been read; returns whether it is. */
    boolean goLive(long published) {
        lock.lock();
        try {
            if (mode == Mode.CATCHING_UP && next > published) {
                mode = Mode.LIVE;
            }
            return mode == Mode.LIVE;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a live watch back to the history, which now holds revisions that were never offered; returns whether the caller
     * must submit a turn. What is queued stays ahead of them.
     *
     * @param offered the last revision that was offered
     * @param published the last revision the history holds, {@code offered} or later
     */
    boolean rejoin(long offered, long published) {
        lock.lock();
        try {
            long resume = Math.max(next, offered + 1);
            if (mode != Mode.LIVE || resume > published) {
                return false;
            }
            next = resume;
            mode = Mode.CATCHING_UP;
            return wake();
        } finally {
            lock.unlock();
        }
    }

    /** Ends this watch with word to its listener; returns whether the caller must submit a turn. */
    boolean end(Throwable cause) {
        lock.lock();
        try {
            if (mode == Mode.ENDED || mode == Mode.CLOSED) {
                return false;
            }
            mode = Mode.ENDED;
            this.cause = cause;
            clearQueue();
            return wake();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many revisions up to {@code published} this watch still has to look at. */
    long lag(long published) {
        lock.lock();
        try {
            Delivery oldest = queue.peek();
            if (oldest != null) {
                return Math.max(0, published - oldest.revision() + 1);
            }
            return mode == Mode.CATCHING_UP ? Math.max(0, published - next + 1) : 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits for a call that runs on another thread, except when called from within a listener: two listeners that
     * close each other's watches must not wait for each other.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            mode = Mode.CLOSED;
            cause = null;
            clearQueue();
        } finally {
            lock.unlock();
        }
        hub.remove(this);
        if (RUNNING.get() != null) {
            return;
        }
        lock.lock();
        try {
            while (calling) {
                callEnded.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** One turn. Runs on the callback executor, never twice at a time. */
    @Override
    public void run() {
        for (int i = 0; i < STEPS_PER_TURN; i++) {
            if (!step()) {
                return;
            }
        }
        hub.submit(this);
    }

    /** Makes one call or reads one page; returns whether there may be more to do. */
    private boolean step() {
        Delivery delivery;
        Throwable ending;
        lock.lock();
        try {
            ending = cause;
            delivery = queue.poll();
            if (mode == Mode.CLOSED) {
                return false;
            }
            if (mode == Mode.ENDED) {
                mode = Mode.CLOSED;
            } else if (delivery != null) {
                queuedEvents -= delivery.events().size();
                queuedBytes -= delivery.bytes();
                told = delivery.revision();
            } else if (mode == Mode.LIVE) {
                scheduled = false;
                return false;
            }
            calling = delivery != null || ending != null;
        } finally {
            lock.unlock();
        }
        if (ending != null) {
            call(() -> listener.onClosed(ending));
            return false;
        }
        if (delivery == null) {
            catchUp();
        } else if (delivery.isProgress()) {
            call(() -> listener.onProgress(delivery.revision()));
        } else {
            call(() -> listener.onEvents(delivery.revision(), delivery.events()));
        }
        return true;
    }

    private void call(Runnable call) {
        Subscription outer = RUNNING.get();
        RUNNING.set(this);
        try {
            call.run();
        } catch (Throwable failure) {
            LOG.warn("the listener of a watch failed, which ends the watch: {}", describe(), failure);
            abandon(failure);
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

    private void catchUp() {
        if (hub.goLive(this)) {
            return;
        }
        try {
            HistoryPage page = readHistory();
            lock.lock();
            try {
                if (mode == Mode.CATCHING_UP) {
                    page.deliveries().forEach(this::enqueue);
                    next = page.through() + 1;
                }
            } finally {
                lock.unlock();
            }
        } catch (RefusedException refused) {
            abandon(refused);
        } catch (RuntimeException failure) {
            LOG.warn("a watch cannot read the history and ends: {}", describe(), failure);
            abandon(new RefusedException(
                    RefusedException.Reason.UNAVAILABLE, "the watch history cannot be read on this node", failure));
        }
    }

    /** A listener may leave its thread interrupted, and under such a thread the JVM closes every file that is read. */
    private HistoryPage readHistory() {
        boolean interrupted = Thread.interrupted();
        long from = nextRevision();
        EventHistory history = hub.history();
        try {
            return history.read(from, request);
        } catch (RefusedException refused) {
            if (history == hub.history()) {
                throw refused;
            }
            // Replaced, and closed, meanwhile: the next step asks the one that took its place.
            return new HistoryPage(List.of(), from - 1);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends this watch from within its own turn, which goes on and tells the listener. */
    private void abandon(Throwable cause) {
        end(cause);
        hub.remove(this);
    }

    private long nextRevision() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void fallBehind(Delivery oldest) {
        next = oldest.isProgress() ? oldest.revision() + 1 : oldest.revision();
        clearQueue();
        mode = Mode.CATCHING_UP;
    }

    private void enqueue(Delivery delivery) {
        queue.add(delivery);
        queuedEvents += delivery.events().size();
        queuedBytes += delivery.bytes();
    }

    private void clearQueue() {
        queue.clear();
        queuedEvents = 0;
        queuedBytes = 0;
    }

    private boolean wake() {
        boolean wakes = !scheduled;
        scheduled = true;
        return wakes;
    }

    private String describe() {
        return (request.prefix() ? "prefix " : "key ") + request.key() + " from revision " + startRevision;
    }
}
