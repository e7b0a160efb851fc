package io.dengine.spring.watch;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.CoordinationClient;
import io.dengine.api.CoordinationException;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.spring.watch.WatchKeyEvent.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a watch, from a start to the next stop: reads the keys if it must, then follows the changes, and does so
 * again after whatever breaks it. All calls of the method happen on the thread that runs this.
 */
final class WatchLoop implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(WatchLoop.class);
    private static final long MIN_BACKOFF_MILLIS = 100;
    private static final long MAX_BACKOFF_MILLIS = 5_000;

    private final WatchEndpoint endpoint;
    private final WatchRequest request;
    private final CoordinationClient client;
    private final WatchMethodInvoker invoker;
    private final WatchErrorHandler errorHandler;
    private final WatchPosition position;
    private final @Nullable WatchLoop predecessor;

    /** What this node had when the watch was started, on the thread that started it; MAX_VALUE if it could not tell. */
    private final long startRevision;

    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable WatchFeed feed;
    private volatile @Nullable Thread thread;
    private int failures;

    WatchLoop(
            WatchEndpoint endpoint,
            CoordinationClient client,
            WatchMethodInvoker invoker,
            WatchErrorHandler errorHandler,
            WatchPosition position,
            @Nullable WatchLoop predecessor) {
        WatchRequest events = new WatchRequest(ByteSequence.of(endpoint.key()), endpoint.prefix(), 0, false);
        this.endpoint = endpoint;
        this.request = invoker.wantsPrevious() ? events.withPreviousValue() : events;
        this.client = client;
        this.invoker = invoker;
        this.errorHandler = errorHandler;
        this.position = position;
        this.predecessor = predecessor;
        this.startRevision = localRevision();
    }

    private long localRevision() {
        try {
            return read(1, ReadConsistency.LOCAL).revision();
        } catch (CoordinationException e) {
            return Long.MAX_VALUE; // the first reading counts instead
        }
    }

    boolean isRunning() {
        return stopRequested.getCount() > 0 && ended.getCount() > 0;
    }

    /** Ends the run after the revision it is at. Does not wait. */
    void requestStop() {
        stopRequested.countDown();
        WatchFeed current = feed;
        if (current != null) {
            current.close();
        }
    }

    /** Returns whether the run has ended within the time, or is the caller itself, which cannot wait for its own end. */
    boolean awaitEnd(long timeoutMillis) throws InterruptedException {
        return Thread.currentThread() == thread || ended.await(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    /** The owner of the watch's thread: nothing gets past it. */
    @Override
    public void run() {
        thread = Thread.currentThread();
        try {
            if (predecessor != null) {
                predecessor.ended.await();
            }
            keepFollowing();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (!stopping()) {
                log.warn("watch '{}' has stopped: its thread was interrupted", endpoint.id());
            }
        } catch (Throwable e) {
            log.error(
                    "watch '{}' has stopped before revision {} and can be started again by its id",
                    endpoint.id(),
                    position.nextRevision,
                    e);
        } finally {
            thread = null;
            ended.countDown();
        }
    }

    private boolean stopping() {
        return stopRequested.getCount() == 0;
    }

    private void keepFollowing() throws InterruptedException {
        boolean sameStore = false;
        while (!stopping()) {
            try {
                if (!sameStore) {
                    checkStore();
                    sameStore = true;
                }
                if (position.readNeeded) {
                    readKeys();
                }
                followChanges();
            } catch (CompactedException e) {
                log.info("watch '{}' reads its keys again: {}", endpoint.id(), e.getMessage());
                position.readNeeded = true;
                backOff();
            } catch (CoordinationException e) {
                if (e instanceof RefusedException refused && isPermanent(refused.reason())) {
                    throw e;
                }
                if (failures == 0) {
                    log.warn("watch '{}' is interrupted and keeps trying: {}", endpoint.id(), e.getMessage());
                }
                backOff();
            }
        }
    }

    private static boolean isPermanent(RefusedException.Reason reason) {
        return reason == RefusedException.Reason.INVALID || reason == RefusedException.Reason.TOO_LARGE;
    }

    private void backOff() throws InterruptedException {
        long millis = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS << Math.min(failures++, 10));
        stopRequested.await(millis, TimeUnit.MILLISECONDS);
    }

    private void recovered() {
        if (failures > 0) {
            failures = 0;
            log.info("watch '{}' follows changes again, from revision {}", endpoint.id(), position.nextRevision);
        }
    }

    /**
     * While this watch was stopped the engine may have been restarted with an emptied store, as it is with durability
     * MEMORY: revisions seen before mean nothing there.
     */
    private void checkStore() {
        if (position.begun && read(1, ReadConsistency.LINEARIZABLE).revision() < position.nextRevision - 1) {
            position.known.forgetRevisions();
            position.readNeeded = true;
        }
    }

    private void readKeys() {
        ScanResult present = readAll();
        boolean deliver = position.begun || endpoint.initial();
        // A watch of changes alone begins where it was started, not where its thread came to read.
        long from = deliver ? present.revision() : Math.min(startRevision, present.revision());
        Origin origin = position.begun ? Origin.RESYNC : Origin.INITIAL;
        for (WatchDelivery delivery : position.known.differences(origin, present.revision(), present.entries())) {
            if (stopping()) {
                return;
            }
            if (delivery.event().revision() > from) {
                continue; // comes as a change
            }
            if (deliver) {
                deliver(delivery);
            }
            position.known.note(delivery.event());
        }
        position.nextRevision = from + 1;
        position.begun = true;
        position.readNeeded = false;
    }

    /**
     * Reads the key, or every page of the prefix. The pages are of different revisions: changes are followed from the
     * first one on, and those that a later page has shown already are left out (see {@link WatchedKeys#isNews}).
     */
    private ScanResult readAll() {
        ScanResult page = read(ScanRequest.MAX_LIMIT, ReadConsistency.LINEARIZABLE);
        long revision = page.revision();
        List<KeyValue> entries = new ArrayList<>(page.entries());
        while (page.more()) {
            ScanRequest next = ScanRequest.prefix(request.key())
                    .withAfter(entries.get(entries.size() - 1).key());
            page = client.blocking().scan(next, ReadConsistency.LINEARIZABLE);
            entries.addAll(page.entries());
        }
        return new ScanResult(revision, entries, false);
    }

    private ScanResult read(int limit, ReadConsistency consistency) {
        BlockingCoordinationClient blocking = client.blocking();
        if (request.prefix()) {
            return blocking.scan(ScanRequest.prefix(request.key()).withLimit(limit), consistency);
        }
        GetResult result = blocking.get(request.key(), consistency);
        KeyValue entry = result.entry();
        return new ScanResult(result.revision(), entry == null ? List.of() : List.of(entry), false);
    }

    private void followChanges() throws InterruptedException {
        WatchFeed changes = new WatchFeed();
        feed = changes;
        if (stopping()) {
            return;
        }
        Watch watch = client.watch(request.withFromRevision(position.nextRevision), changes);
        try {
            for (WatchFeed.Batch batch = changes.take(); batch != null; batch = changes.take()) {
                recovered();
                for (WatchEvent event : batch.events()) {
                    if (position.known.isNews(event)) {
                        deliver(new WatchDelivery(Origin.CHANGE, event));
                        position.known.note(event);
                    }
                }
                position.nextRevision = Math.max(position.nextRevision, batch.revision() + 1);
            }
        } finally {
            changes.close(); // first: a callback may be waiting for room in it
            watch.close();
        }
    }

    private void deliver(WatchDelivery delivery) {
        try {
            invoker.invoke(delivery);
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            WatchEvent event = delivery.event();
            errorHandler.handle(new WatchErrorHandler.Failure(
                    endpoint.id(), event.type(), event.key().utf8(), event.revision(), e));
        }
    }
}
