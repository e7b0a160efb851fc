package io.dengine.node;

import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.StateHash;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.Snapshots;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Does all slow work on snapshots: checksums of one that was taken, parts sent and received. On a thread of its own, so
 * that neither heartbeats nor applies wait for it. What peers send is bounded by number and bytes; beyond that it is
 * dropped, and asked for again.
 */
final class SnapshotAgent implements Agent {

    /** Enough for one window of parts received, and for the requests of every peer. */
    private static final int MAX_PEER_MESSAGES = 1024;

    private static final long MAX_PEER_BYTES = 4L << 20;

    private sealed interface Job {

        record Take(SnapshotManifest measured, TableStore.View rows) implements Job {}

        record Drop(UUID id) implements Job {}

        record Offer(NodeId from, SnapshotManifest manifest) implements Job {}

        record Asked(NodeId from, PeerMessage.ChunkRequest request) implements Job {}

        record Part(PeerMessage.Chunk chunk) implements Job {}

        record Discard(UUID id) implements Job {}

        record Installed(UUID id) implements Job {}

        record Distrust(String reason) implements Job {}
    }

    /** Who fetched what, and when it last asked. */
    private record Fetching(UUID id, long askedNanos) {}

    private final NodeDirectory directory;
    private final Snapshots store;
    private final SnapshotSender sender;
    private final SnapshotReceiver receiver;
    private final Consumer<NodeEvent> completions;
    private final LongSupplier nanoClock;
    private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
    private final Admission peerJobs = new Admission(MAX_PEER_MESSAGES, MAX_PEER_BYTES);

    /** By peer, so it is bounded by who belongs to the cluster. */
    private final Map<NodeId, Fetching> fetching = new ConcurrentHashMap<>();

    private volatile AgentRunner.@Nullable Handle handle;

    /**
     * @param pauseNanos how long a fetch waits for an answer before it asks again
     */
    SnapshotAgent(
            NodeDirectory directory,
            PeerTransport transport,
            Consumer<NodeEvent> completions,
            long maxBytesPerSecond,
            long pauseNanos,
            LongSupplier nanoClock) {
        this.directory = directory;
        this.store = directory.snapshots();
        this.sender = new SnapshotSender(store, transport, new TokenBucket(maxBytesPerSecond, nanoClock.getAsLong()));
        this.receiver = new SnapshotReceiver(
                store, transport, manifest -> completions.accept(new NodeEvent.SnapshotArrived(manifest)), pauseNanos);
        this.completions = completions;
        this.nanoClock = nanoClock;
    }

    /** Called once, before the first event. */
    void attach(AgentRunner.Handle ownHandle) {
        handle = ownHandle;
    }

    @Override
    public String name() {
        return "snapshot";
    }

    /** Takes a part, or the request for one, from a peer; drops it where there is no room. Any thread. */
    void onPeerMessage(NodeId from, PeerMessage message) {
        long bytes = message instanceof PeerMessage.Chunk chunk ? chunk.bytes().length() : 0;
        if (!peerJobs.tryAcquire(bytes)) {
            return;
        }
        if (message instanceof PeerMessage.Chunk chunk) {
            post(new Job.Part(chunk));
        } else if (message instanceof PeerMessage.ChunkRequest request) {
            fetching.put(from, new Fetching(request.snapshotId(), nanoClock.getAsLong()));
            post(new Job.Asked(from, request));
        } else {
            throw new AssertionError(message);
        }
    }

    /**
     * The applier has put the files of a new snapshot where they belong; their checksums are missing. Any thread.
     *
     * @param rows what they hold, closed by this agent
     */
    void onTaken(SnapshotManifest measured, TableStore.View rows) {
        post(new Job.Take(measured, rows));
    }

    /** Gives up a snapshot of this node. Any thread. */
    void drop(UUID id) {
        fetching.values().removeIf(one -> one.id().equals(id));
        post(new Job.Drop(id));
    }

    /** {@code from} has a snapshot that this node can use. Any thread. */
    void fetch(NodeId from, SnapshotManifest manifest) {
        post(new Job.Offer(from, manifest));
    }

    /** A snapshot that was being received, or had arrived, is of no use. Any thread. */
    void discard(UUID id) {
        post(new Job.Discard(id));
    }

    /** A snapshot that had arrived is in its place. Any thread. */
    void onInstalled(UUID id) {
        post(new Job.Installed(id));
    }

    /** Has it remembered that the state cannot be trusted, before any snapshot is fetched in its place. Any thread. */
    void distrustState(String reason) {
        post(new Job.Distrust(reason));
    }

    /** Returns whether {@code peer} has asked for a part of the snapshot since {@code sinceNanos}. Any thread. */
    boolean isFetching(NodeId peer, UUID id, long sinceNanos) {
        Fetching present = fetching.get(peer);
        return present != null && present.id().equals(id) && present.askedNanos() - sinceNanos >= 0;
    }

    /** Returns the bytes of parts from peers that wait. Any thread. */
    long waitingBytes() {
        return peerJobs.bytes();
    }

    private void post(Job job) {
        jobs.add(job);
        AgentRunner.Handle own = handle;
        if (own != null) {
            own.wake();
        }
    }

    @Override
    public boolean doWork() {
        boolean worked = false;
        // What is waiting now: requests may come faster than they are answered.
        for (int left = MAX_PEER_MESSAGES; left > 0; left--) {
            Job job = jobs.poll();
            if (job == null) {
                break;
            }
            worked = true;
            carryOut(job);
        }
        long now = nanoClock.getAsLong();
        worked |= sender.work(now);
        worked |= receiver.work(now);
        return worked;
    }

    private void carryOut(Job job) {
        if (job instanceof Job.Take take) {
            finish(take);
        } else if (job instanceof Job.Drop drop) {
            store.drop(drop.id());
        } else if (job instanceof Job.Offer offer) {
            receiver.onOffer(offer.from(), offer.manifest(), nanoClock.getAsLong());
        } else if (job instanceof Job.Asked asked) {
            peerJobs.release(0);
            sender.onRequest(asked.from(), asked.request());
        } else if (job instanceof Job.Part part) {
            peerJobs.release(part.chunk().bytes().length());
            receiver.onChunk(part.chunk(), nanoClock.getAsLong());
        } else if (job instanceof Job.Discard discard) {
            receiver.discard(discard.id());
        } else if (job instanceof Job.Installed installed) {
            receiver.onInstalled(installed.id());
        } else if (job instanceof Job.Distrust distrust) {
            directory.distrustState(distrust.reason());
        } else {
            throw new AssertionError(job);
        }
    }

    /** Whoever gets the snapshot checks it too, but could not tell whose fault it is: a wrong state must not leave its node. */
    private void finish(Job.Take take) {
        boolean right;
        try (TableStore.View rows = take.rows()) {
            right = StateHash.matches(rows);
        }
        if (right) {
            completions.accept(new NodeEvent.SnapshotTaken(store.finish(take.measured())));
        } else {
            store.drop(take.measured().id());
            completions.accept(new NodeEvent.SnapshotWrong(take.measured()));
        }
    }

    @Override
    public long nextDueNanos() {
        return Math.min(sender.nextDueNanos(), receiver.nextDueNanos());
    }

    /** Only once the agent has stopped. */
    void close() {
        for (Job job = jobs.poll(); job != null; job = jobs.poll()) {
            if (job instanceof Job.Take take) {
                take.rows().close();
            }
        }
        receiver.close();
    }
}
