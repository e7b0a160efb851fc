package io.dengine.watch;

import io.dengine.api.CompactedException;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.config.WatchSettings;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.storage.StorageFailure;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each change to the watches it belongs to. Every watch sees all matching changes from its start revision on,
 * ascending, each once, those of one revision in one call; or it is told why it ends.
 *
 * <p>Thread-safety: {@link #publish}, {@link #tick} and {@link #restart} come from one thread, the one that applies;
 * everything else from any. Listeners run on the executor alone, one call at a time for each watch, and may block there. With an executor
 * that runs tasks on the submitting thread they run inside the method that submitted them, without any lock held.
 */
public final class WatchHub implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

    /** The watches told of progress before publishing gets its turn again. */
    private static final int PROGRESS_BATCH = 1024;

    /** Before any time that a monotonic clock shows. */
    private static final long NO_TIME = Long.MIN_VALUE / 2;

    /** Replaced under the lock. */
    private volatile EventHistory history;

    private final WatchSettings settings;
    private final long progressMillis;
    private final Executor callbacks;

    /** Turns that the executor refused; each watch at most once. */
    private final Queue<Subscription> refused = new ConcurrentLinkedQueue<>();

    private volatile boolean refusing;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by lock.
    private final WatchRegistry registry = new WatchRegistry();
    /** Every watch, in the order in which progress is due. */
    private final Set<Subscription> watches = new LinkedHashSet<>();

    private long published;
    private long nowMillis = NO_TIME;
    private boolean closed;

    /**
     * @param history the history, opened at {@code appliedRevision}; its owner closes it after this hub
     * @param appliedRevision the revision of the state at this moment; the next one published is one above
     * @param callbacks where listeners run
     */
    public WatchHub(EventHistory history, WatchSettings settings, long appliedRevision, Executor callbacks) {
        requireAt(appliedRevision, history);
        this.history = history;
        this.settings = settings;
        this.progressMillis = settings.progressInterval().toMillis();
        this.callbacks = callbacks;
        this.published = appliedRevision;
    }

    /**
     * Gives out what a batch changed, after it has been applied.
     *
     * @param changes the changes, which follow what was published before without gap; may be empty
     * @param revision the store revision after the batch
     * @param nowMillis the node's monotonic clock; only the age of the history is measured by it
     * @throws StorageFailure if the history cannot be written: the node stops
     */
    public void publish(List<RevisionEvents> changes, long revision, long nowMillis) {
        history.append(changes, nowMillis);
        if (history.newestRevision() != revision) {
            throw new IllegalArgumentException(
                    "the batch ends at revision " + history.newestRevision() + ", the store is at " + revision);
        }
        List<Subscription> woken = new ArrayList<>();
        lock.lock();
        try {
            this.nowMillis = nowMillis;
            for (RevisionEvents change : changes) {
                offer(change, woken);
            }
            published = revision;
        } finally {
            lock.unlock();
        }
        woken.forEach(this::submit);
    }

    /**
     * Goes on from a state that was put in the place of the one published so far, and from its history; closes the history
     * before. Every watch is given from {@code next} what it has not seen, or is told COMPACTED where {@code next} does not
     * reach back to that.
     *
     * <p>A state at an earlier revision shows that the one before was none of this cluster. There is then no telling which
     * revisions the watches have been given rightly, so all of them end as COMPACTED.
     *
     * @param next the history, opened at {@code revision}; its owner closes it after this hub
     * @param revision the revision of the state; the next one published is one above
     */
    public void restart(EventHistory next, long revision) {
        requireAt(revision, next);
        EventHistory before = history;
        List<Subscription> woken = new ArrayList<>();
        lock.lock();
        try {
            history = next;
            if (revision < published) {
                endAll(new CompactedException(published + 1, revision + 1), woken);
            }
            for (Subscription subscription : watches) {
                if (subscription.rejoin(published, revision)) {
                    woken.add(subscription);
                }
            }
            published = revision;
        } finally {
            lock.unlock();
        }
        before.close();
        woken.forEach(this::submit);
    }

    private static void requireAt(long appliedRevision, EventHistory history) {
        if (history.newestRevision() != appliedRevision) {
            throw new IllegalArgumentException("the history is at revision " + history.newestRevision()
                    + ", the state at revision " + appliedRevision);
        }
    }

    private void offer(RevisionEvents change, List<Subscription> woken) {
        List<Subscription> matching = new ArrayList<>();
        for (WatchEvent event : change.events()) {
            registry.forEachMatch(event.key(), subscription -> {
                if (subscription.see(event)) {
                    matching.add(subscription);
                }
            });
        }
        for (Subscription subscription : matching) {
            if (subscription.offerSeen(change.revision())) {
                woken.add(subscription);
            }
        }
    }

    /**
     * Starts a watch. Calls of the listener may begin before this returns.
     *
     * @throws CompactedException if the history begins after the revision asked for
     * @throws RefusedException with reason OVERLOADED if there are as many watches as allowed, CLOSED after {@link
     *     #close}
     */
    public Watch watch(WatchRequest request, WatchListener listener) {
        Subscription subscription;
        boolean live;
        lock.lock();
        try {
            if (closed) {
                throw new RefusedException(RefusedException.Reason.CLOSED, "the node is closed");
            }
            if (watches.size() >= settings.maxWatches()) {
                throw new RefusedException(
                        RefusedException.Reason.OVERLOADED,
                        "this node has " + watches.size() + " watches, as many as watch.max-watches allows");
            }
            long start = request.fromRevision() == 0 ? published + 1 : request.fromRevision();
            live = start > published;
            if (!live && start < history.oldestRevision()) {
                throw new CompactedException(start, history.oldestRevision());
            }
            subscription = new Subscription(this, request, listener, settings.bufferedEvents(), start, live);
            subscription.progressDueMillis = nowMillis + progressMillis;
            registry.add(subscription);
            watches.add(subscription);
        } finally {
            lock.unlock();
        }
        if (!live) {
            submit(subscription);
        }
        return subscription;
    }

    /**
     * Tells idle watches how far they have come, where the interval has passed and there is something to tell; lets the
     * history age; offers refused turns to the executor again. To be called every now and then.
     *
     * @param nowMillis the node's monotonic clock
     */
    public void tick(long nowMillis) {
        history.expire(nowMillis);
        for (int again = refused.size(); again > 0; again--) {
            Subscription subscription = refused.poll();
            if (subscription != null) {
                submit(subscription);
            }
        }
        List<Subscription> woken = new ArrayList<>();
        boolean more = true;
        while (more) {
            more = offerProgress(nowMillis, woken);
            woken.forEach(this::submit);
            woken.clear();
        }
    }

    /** Offers progress to a batch of watches that are due; returns whether more may be due. */
    private boolean offerProgress(long nowMillis, List<Subscription> woken) {
        lock.lock();
        try {
            this.nowMillis = nowMillis;
            List<Subscription> due = new ArrayList<>();
            for (Iterator<Subscription> it = watches.iterator(); it.hasNext() && due.size() < PROGRESS_BATCH; ) {
                Subscription subscription = it.next();
                if (subscription.progressDueMillis > nowMillis) {
                    break;
                }
                due.add(subscription);
                it.remove();
            }
            for (Subscription subscription : due) {
                subscription.progressDueMillis = nowMillis + progressMillis;
                watches.add(subscription);
                if (subscription.offerProgress(published)) {
                    woken.add(subscription);
                }
            }
            return due.size() == PROGRESS_BATCH;
        } finally {
            lock.unlock();
        }
    }

    /** Runs a turn of {@code subscription} on the executor; where that refuses, a later tick tries again. */
    void submit(Subscription subscription) {
        try {
            callbacks.execute(subscription);
            refusing = false;
        } catch (RejectedExecutionException rejected) {
            if (!refusing) {
                refusing = true;
                LOG.warn("the executor refuses watch callbacks; they are tried again", rejected);
            }
            refused.add(subscription);
        }
    }

    /** Turns {@code subscription} live if it has caught up; returns whether it is. */
    boolean goLive(Subscription subscription) {
        lock.lock();
        try {
            return subscription.goLive(published);
        } finally {
            lock.unlock();
        }
    }

    void remove(Subscription subscription) {
        lock.lock();
        try {
            if (watches.remove(subscription)) {
                registry.remove(subscription);
            }
        } finally {
            lock.unlock();
        }
    }

    EventHistory history() {
        return history;
    }

    /** Returns the number of watches. */
    public int watchCount() {
        lock.lock();
        try {
            return watches.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the most revisions that any watch still has to look at. Takes time in proportion to the watches. */
    public long maxLagRevisions() {
        lock.lock();
        try {
            return watches.stream()
                    .mapToLong(subscription -> subscription.lag(published))
                    .max()
                    .orElse(0);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the bytes of past changes kept. */
    public long historyBytes() {
        return history.sizeBytes();
    }

    /** Returns the number of past changes kept. */
    public long historyEvents() {
        return history.events();
    }

    /**
     * Ends every watch with a {@link RefusedException} of reason CLOSED. Does not wait for listeners; those the executor
     * takes no more are not told.
     */
    @Override
    public void close() {
        List<Subscription> woken = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            endAll(new RefusedException(RefusedException.Reason.CLOSED, "the node is closed"), woken);
        } finally {
            lock.unlock();
        }
        woken.forEach(this::submit);
    }

    /** Called under the lock. */
    private void endAll(RefusedException cause, List<Subscription> woken) {
        for (Subscription subscription : watches) {
            registry.remove(subscription);
            if (subscription.end(cause)) {
                woken.add(subscription);
            }
        }
        watches.clear();
    }
}
