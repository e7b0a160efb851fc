package io.dengine.node;

import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.raft.PeerProgress;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.progress.ProgressState;
import io.dengine.storage.LogStore;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when this node takes a snapshot and whom it offers it to: those its log no longer reaches, and those who ask.
 * One is taken at a time; one that reaches into the log is offered to all who need one, again and again, until they are
 * past it. A snapshot that nobody fetches is deleted after a while; one that is being fetched stays, up to a multiple of that. Not thread-safe: the event loop's.
 */
final class SnapshotOffers {

    private static final Logger log = LoggerFactory.getLogger(SnapshotOffers.class);

    /**
     * The time since its last request, in intervals, for which a node counts as fetching. It asks again after sixteen of them at the
     * latest (see {@link SnapshotReceiver#LONGEST_PAUSE_FACTOR}), and such a request may be lost.
     */
    private static final int FETCH_PATIENCE = 40;

    /** After so many intervals without a request a node that fetches is told again of what it fetches: it may have restarted. */
    private static final int TELL_AGAIN = 4;

    /** One who fetches and never comes to an end must not hold back disk space for ever. */
    private static final int MOST_KEEP_TIMES = 10;

    private record Held(SnapshotManifest manifest, long takenNanos) {}

    /** Someone asked for a snapshot up to {@code leastIndex} or beyond. */
    private record Wanted(long leastIndex, long untilNanos) {}

    private final Raft raft;
    private final LogStore logStore;
    private final PeerTransport transport;
    private final Applier applier;
    private final SnapshotAgent agent;
    private final RandomGenerator random;
    private final long intervalNanos;
    private final long keepNanos;

    /** By age; mostly one, and another one that is still being fetched. */
    private final List<Held> held = new ArrayList<>();

    private final Map<NodeId, Wanted> requests = new TreeMap<>();
    private final List<CompletableFuture<SnapshotManifest>> waiting = new ArrayList<>();
    private boolean taking;
    private long nextOfferNanos = Long.MIN_VALUE;

    /**
     * @param intervalNanos the time between two offers to the same node
     * @param keepNanos how long a snapshot is kept
     */
    SnapshotOffers(
            Raft raft,
            LogStore logStore,
            PeerTransport transport,
            Applier applier,
            SnapshotAgent agent,
            RandomGenerator random,
            long intervalNanos,
            long keepNanos) {
        this.raft = raft;
        this.logStore = logStore;
        this.transport = transport;
        this.applier = applier;
        this.agent = agent;
        this.random = random;
        this.intervalNanos = intervalNanos;
        this.keepNanos = keepNanos;
    }

    /** {@code from} needs a snapshot up to {@code leastIndex} or beyond, and says so as long as it does. */
    void onRequest(NodeId from, long leastIndex, long nowNanos) {
        if (raft.membership().contains(from)) {
            requests.put(from, new Wanted(leastIndex, nowNanos + 4 * intervalNanos));
            nextOfferNanos = nowNanos;
        }
    }

    /** A follower was found to be behind the log: there is no reason to wait. */
    void onBehind(long nowNanos) {
        nextOfferNanos = nowNanos;
    }

    /** Takes a snapshot now, or tells of the one being taken. */
    void take(CompletableFuture<SnapshotManifest> done) {
        waiting.add(done);
        startTaking();
    }

    private void startTaking() {
        if (!taking) {
            taking = true;
            applier.checkpoint(new UUID(random.nextLong(), random.nextLong()));
        }
    }

    void onTaken(SnapshotManifest manifest, long nowNanos) {
        taking = false;
        held.add(new Held(manifest, nowNanos));
        nextOfferNanos = nowNanos;
        log.info(
                "node {}: snapshot {} taken up to entry {}: {} bytes",
                raft.self(),
                manifest.id(),
                manifest.last(),
                manifest.sizeBytes());
        List<CompletableFuture<SnapshotManifest>> done = List.copyOf(waiting);
        waiting.clear();
        done.forEach(future -> future.complete(manifest));
    }

    /** What was taken is of no use. */
    void onNotTaken(String text) {
        taking = false;
        refuseAll(Reason.UNAVAILABLE, text);
    }

    /** Offers what is due; deletes what is of no use any more. */
    void tend(long nowNanos) {
        expire(nowNanos);
        if (nowNanos < nextOfferNanos) {
            return;
        }
        nextOfferNanos = nowNanos + intervalNanos;
        needs().forEach((peer, leastIndex) -> offer(peer, leastIndex, nowNanos));
    }

    /** Returns who needs a snapshot, and how far it must reach: from its end on the log must have all entries. */
    private Map<NodeId, Long> needs() {
        Map<NodeId, Long> needs = new TreeMap<>();
        if (raft.role() != RoleKind.LEADER) {
            return needs;
        }
        long base = logStore.base().index();
        for (PeerProgress peer : raft.peers()) {
            if (peer.state() == ProgressState.SNAPSHOT) {
                needs.put(peer.peer(), base);
            }
        }
        requests.forEach((peer, wanted) -> needs.put(peer, Math.max(base, wanted.leastIndex())));
        return needs;
    }

    private void offer(NodeId peer, long leastIndex, long nowNanos) {
        Held fetched = fetchedBy(peer, nowNanos);
        if (fetched != null && fetched.manifest().last().index() >= leastIndex) {
            if (!agent.isFetching(peer, fetched.manifest().id(), nowNanos - TELL_AGAIN * intervalNanos)) {
                transport.send(peer, new PeerMessage.SnapshotOffer(fetched.manifest()));
            }
            return; // another one would make it begin anew
        }
        Held newest = held.isEmpty() ? null : held.get(held.size() - 1);
        if (newest != null
                && newest.manifest().last().index() >= leastIndex
                && nowNanos - newest.takenNanos() < keepNanos) {
            transport.send(peer, new PeerMessage.SnapshotOffer(newest.manifest()));
        } else if (raft.lastApplied() >= leastIndex) {
            startTaking();
        }
    }

    private void expire(long nowNanos) {
        requests.values().removeIf(wanted -> nowNanos - wanted.untilNanos() >= 0);
        Held newest = held.isEmpty() ? null : held.get(held.size() - 1);
        held.removeIf(one -> {
            long age = nowNanos - one.takenNanos();
            boolean useless = !one.equals(newest) || age >= keepNanos;
            if (useless && (age >= MOST_KEEP_TIMES * keepNanos || !isFetched(one, nowNanos))) {
                agent.drop(one.manifest().id());
                return true;
            }
            return false;
        });
    }

    private boolean isFetched(Held one, long nowNanos) {
        return raft.membership().members().stream().anyMatch(peer -> one.equals(fetchedBy(peer, nowNanos)));
    }

    /** Returns the snapshot that {@code peer} is fetching from here, or null. */
    private @Nullable Held fetchedBy(NodeId peer, long nowNanos) {
        for (Held one : held) {
            if (agent.isFetching(peer, one.manifest().id(), nowNanos - FETCH_PATIENCE * intervalNanos)) {
                return one;
            }
        }
        return null;
    }

    /** The state these were taken of cannot be trusted: they are offered to nobody. */
    void dropAll() {
        held.forEach(one -> agent.drop(one.manifest().id()));
        held.clear();
    }

    /** Returns the end of the snapshot that {@code peer} fetches; negative if it fetches none. */
    long fetchedIndex(NodeId peer, long nowNanos) {
        Held fetched = fetchedBy(peer, nowNanos);
        return fetched == null ? -1 : fetched.manifest().last().index();
    }

    /** Whoever waits for a snapshot gets none. */
    void refuseAll(Reason reason, String text) {
        waiting.forEach(future -> future.completeExceptionally(new RefusedException(reason, text)));
        waiting.clear();
    }
}
