package io.dengine.client.grpc;

import io.dengine.api.CoordinationException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.api.Watch;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.client.Answers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All watches of a client, and the search for a node for each that has none. {@link #watch} may be called from any thread;
 * the rest belongs to the loop.
 */
final class Watches {

    private static final Logger log = LoggerFactory.getLogger(Watches.class);

    /** From here on a search is worth a word. */
    private static final int LONG_SEARCH = 5;

    private final ClientCore core;
    private final Backoff backoff;
    private final AtomicInteger count = new AtomicInteger();
    private final Set<RemoteWatch> open = new LinkedHashSet<>();
    private boolean closed;

    Watches(ClientCore core, Backoff backoff) {
        this.core = core;
        this.backoff = backoff;
    }

    /** Begins a watch and waits until a node has taken it. */
    Watch watch(WatchRequest request, WatchListener listener) {
        int most = core.settings().watches().maxWatches();
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            throw new RefusedException(
                    Reason.OVERLOADED, "this client has " + most + " watches, as many as watch.max-watches allows");
        }
        RemoteWatch watch = new RemoteWatch(this, core, request, listener);
        if (!core.loop().execute(() -> add(watch))) {
            count.decrementAndGet();
            throw closedClient();
        }
        try {
            long waitNanos = core.settings().limits().requestTimeout().toNanos();
            Answers.await(watch.started, waitNanos, why -> notStarted(watch, why));
        } catch (CoordinationException e) {
            watch.close();
            throw e;
        }
        return watch;
    }

    private static RefusedException notStarted(RemoteWatch watch, String why) {
        RefusedException last = watch.refusal;
        return last == null
                ? new RefusedException(Reason.UNAVAILABLE, "no node has taken the watch: " + why)
                : new RefusedException(last.reason(), "no node has taken the watch: " + last.getMessage(), last);
    }

    private static RefusedException closedClient() {
        return new RefusedException(Reason.CLOSED, "the client is closed");
    }

    private void add(RemoteWatch watch) {
        if (watch.isEnded()) {
            count.decrementAndGet();
            return;
        }
        open.add(watch);
        if (closed) {
            watch.end(closedClient());
        } else {
            place(watch);
        }
    }

    /** Finds a node for a watch that has none. */
    void place(RemoteWatch watch) {
        if (closed || watch.isEnded() || watch.stream != null) {
            return;
        }
        Connection connection = core.nodes().nearest();
        if (connection == null) {
            lost(watch, new RefusedException(Reason.UNAVAILABLE, core.nodes().describe()));
        } else {
            connection.watches().create(watch);
        }
    }

    /** Looks for another node after a while. */
    void lost(RemoteWatch watch, RefusedException why) {
        if (closed || watch.isEnded()) {
            return;
        }
        watch.failures++;
        watch.refusal = why;
        if (watch.failures == LONG_SEARCH) {
            log.warn("a watch finds no node and keeps looking: {}", why.getMessage());
        }
        long pause = backoff.pauseNanos(watch.failures);
        core.loop().schedule(() -> placeWithinBudget(watch), pause);
    }

    private void placeWithinBudget(RemoteWatch watch) {
        if (core.settings().retry().maxPerSecond() == 0
                || backoff.tryTake(core.loop().nanoTime())) {
            place(watch);
        } else {
            core.loop().schedule(() -> placeWithinBudget(watch), backoff.waitForBudgetNanos());
        }
    }

    /** Takes a watch from its node. */
    void leave(RemoteWatch watch) {
        WatchStream stream = watch.stream;
        if (stream != null) {
            stream.cancel(watch);
        }
    }

    void remove(RemoteWatch watch) {
        if (open.remove(watch)) {
            count.decrementAndGet();
        }
    }

    /** Ends every watch with word to its listener. */
    void close() {
        closed = true;
        List.copyOf(open).forEach(watch -> watch.end(closedClient()));
    }
}
