package io.dengine.sim;

import io.dengine.api.CompactedException;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.sim.Faults.Kind;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Watches through one node and, each time that is started again, goes on behind the last revision it knows all about. Every
 * call is held against the ledger.
 */
final class SimWatcher {

    private final Simulation simulation;
    private final SimNode node;
    private final WatchRequest request;
    private final RandomGenerator random;
    private final String name;

    /** All changes up to here have been delivered, or were before the start; -1 before the first start. */
    private long knownRevision = -1;

    private Life life;
    private Watch watch;

    /**
     * @param request what to watch; its start revision is where the first watch begins, 0 for the next change
     */
    SimWatcher(Simulation simulation, SimNode node, int number, WatchRequest request) {
        this.simulation = simulation;
        this.node = node;
        this.request = request;
        this.random = simulation.seeds().of("watcher", node.number() * 100L + number);
        this.name = "watcher " + number + " of node " + node.number();
        if (request.fromRevision() > 0) {
            knownRevision = request.fromRevision() - 1;
        }
    }

    /** Watches again through the node's new process. */
    void onStart(SimNode started) {
        if (started == node) {
            Life now = node.life();
            simulation.scheduler().after(random.nextLong(30 * Swarm.MILLI), () -> open(now));
        }
    }

    private void open(Life through) {
        if (through.ended || through.broken || through.closing) {
            return;
        }
        life = through;
        if (knownRevision >= 0) {
            simulation.faults().count(Kind.WATCH_RESUMED);
        }
        long planted = simulation.bug() == PlantedBug.WATCH_GAP && knownRevision >= 0 ? 1 : 0;
        try {
            watch = through.client.watch(
                    request.withFromRevision(knownRevision < 0 ? 0 : knownRevision + 1 + planted), listener(through));
            if (knownRevision < 0) {
                knownRevision = watch.startRevision() - 1;
            } else if (watch.startRevision() != knownRevision + 1 + planted) {
                throw violation("starts at " + watch.startRevision(), null);
            }
        } catch (CompactedException e) {
            onCompacted(e);
        } catch (RefusedException e) {
            throw violation("is refused", e);
        }
    }

    private WatchListener listener(Life through) {
        return new WatchListener() {
            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                SimWatcher.this.onEvents(revision, events);
            }

            @Override
            public void onProgress(long revision) {
                requireNothingUntil(revision);
                if (revision > through.stateMachine.applied().revision()) {
                    throw violation("is told of progress to " + revision, null);
                }
                knownRevision = Math.max(knownRevision, revision);
            }

            @Override
            public void onClosed(Throwable cause) {
                if (through.closing
                        && cause instanceof RefusedException refused
                        && refused.reason() == RefusedException.Reason.CLOSED) {
                    return;
                }
                if (!(cause instanceof CompactedException compacted)) {
                    throw violation("is closed", cause);
                }
                onCompacted(compacted);
            }
        };
    }

    private void onEvents(long revision, List<WatchEvent> events) {
        if (revision <= knownRevision) {
            throw violation("is told of revision " + revision, null);
        }
        requireNothingUntil(revision - 1);
        List<WatchEvent> expected = simulation.oracle().ledger().changes(revision, request);
        if (!simulation.stateRot().judged(events).equals(simulation.stateRot().judged(expected))) {
            throw violation("gets " + events + " at revision " + revision + ", not " + expected, null);
        }
        simulation.trace().add("watched", node.number(), revision, events.size(), null);
        knownRevision = revision;
    }

    private void requireNothingUntil(long revision) {
        for (long missed = knownRevision + 1; missed <= revision; missed++) {
            if (!simulation.oracle().ledger().changes(missed, request).isEmpty()) {
                throw violation("misses revision " + missed, null);
            }
        }
    }

    /** The history is gone: as the API says, read again and watch from the revision of that read on. */
    private void onCompacted(CompactedException cause) {
        simulation.faults().count(Kind.WATCH_COMPACTED);
        long oldest = life.history.oldestRevision();
        if (cause.oldestRevision() > oldest || oldest <= knownRevision + 1) {
            throw violation("is told COMPACTED, the history starts at " + oldest, cause);
        }
        if (simulation.swarm().historyEvents > simulation.oracle().ledger().events()) {
            throw violation("is told COMPACTED, though the history holds more than there ever was", cause);
        }
        knownRevision = life.stateMachine.applied().revision();
        Life through = life;
        simulation.scheduler().after(1 + random.nextLong(10 * Swarm.MILLI), () -> open(through));
    }

    /** Returns whether everything that is committed has been delivered. */
    boolean hasAll() {
        if (!simulation.isInService(node)) {
            return true;
        }
        for (long missed = knownRevision + 1;
                missed <= simulation.oracle().ledger().revision();
                missed++) {
            if (!simulation.oracle().ledger().changes(missed, request).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private Violation violation(String what, Throwable cause) {
        return simulation
                .oracle()
                .violation(name + ", which knows up to revision " + knownRevision + ", " + what + ": " + cause, cause);
    }

    @Override
    public String toString() {
        return name + ", which knows up to revision " + knownRevision + " of "
                + simulation.oracle().ledger().revision();
    }
}
