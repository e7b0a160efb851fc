package io.dengine.node;

import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.config.DEngineConfig;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.StateMachine;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps the state right, the log short, and the disk in view: brings snapshots to those who need one and takes those this
 * node needs, compares the replicas, compacts the log. Not thread-safe: the event loop's.
 */
final class StateUpkeep {

    private final Raft raft;
    private final PeerTransport transport;
    private final NodeDirectory directory;
    private final StateMachine stateMachine;
    private final ReadRouter reads;
    private final PublishedState published;
    private final SnapshotOffers offers;
    private final SnapshotIntake intake;
    private final StateHashes hashes = new StateHashes();
    private final Quarantine quarantine;
    private final LogKeeper logKeeper;
    private final StallWatch stallWatch;
    private long nowNanos;

    /** The end of the snapshot that the state goes on from: what was said of the state before it is no longer so. */
    private long stateFrom = -1;

    StateUpkeep(
            NodeParts parts,
            LogWriter logWriter,
            Applier applier,
            StateFlusher flusher,
            SnapshotAgent agent,
            ReadRouter reads,
            PublishedState published) {
        this.directory = parts.snapshots().directory();
        this.stateMachine = parts.stateMachine();
        this.reads = reads;
        this.published = published;
        this.raft = parts.raft();
        this.transport = parts.transport();
        DEngineConfig config = parts.config();
        long electionNanos = config.election().timeout().toNanos();
        this.nowNanos = parts.nanoClock().getAsLong();
        CampaignPause campaigns = new CampaignPause(raft);
        this.stallWatch = new StallWatch(raft, logWriter, electionNanos, campaigns, published);
        this.quarantine = new Quarantine(raft, transport, applier, agent, campaigns, published, electionNanos / 2);
        this.offers = new SnapshotOffers(
                raft,
                parts.log(),
                transport,
                applier,
                agent,
                parts.random(),
                electionNanos / 2,
                config.snapshots().keep().toNanos());
        this.intake = new SnapshotIntake(raft, agent, parts.snapshots().storeKind(), quarantine);
        this.logKeeper = new LogKeeper(
                raft,
                parts.log(),
                config.log(),
                parts.stateMachine()::sizeBytes,
                10 * electionNanos,
                peer -> offers.fetchedIndex(peer, nowNanos),
                flusher,
                logWriter,
                nowNanos);
    }

    /** Once, before anything else. */
    void start() {
        InstalledState.settle(directory, stateMachine);
        String distrusted = directory.whyStateIsDistrusted();
        if (distrusted != null) {
            quarantine.enter(distrusted, nowNanos);
        }
    }

    /** Takes what a peer says of snapshots and states. */
    void onPeerMessage(NodeId from, PeerMessage message, long now) {
        nowNanos = now;
        if (message instanceof PeerMessage.SnapshotOffer offer) {
            intake.onOffer(from, offer.manifest());
        } else if (message instanceof PeerMessage.SnapshotRequest request) {
            offers.onRequest(from, request.leastIndex(), now);
        } else if (message instanceof PeerMessage.StateHash hash) {
            compare(from, hash.index(), hash.stateHash());
        } else if (message instanceof PeerMessage.StateDiffers differs) {
            onDiffers(differs.index());
        } else {
            throw new AssertionError(message);
        }
    }

    /** Reports the state's hash where one is due. */
    void onApplied(StateMachine.Outcome outcome, long now) {
        nowNanos = now;
        NodeId leader = raft.leader();
        for (StateMachine.HashPoint point : outcome.hashPoints()) {
            compare(raft.self(), point.index(), point.stateHash());
            if (leader != null && !leader.equals(raft.self())) {
                // Where it is lost, this replica is not compared until the next one.
                transport.send(leader, new PeerMessage.StateHash(point.index(), point.stateHash()));
            }
        }
    }

    private void compare(NodeId from, long index, long stateHash) {
        List<StateHashes.Deviation> deviations = hashes.report(from, index, stateHash, raft.committedMembership());
        if (raft.role() != RoleKind.LEADER) {
            return;
        }
        for (StateHashes.Deviation deviation : deviations) {
            if (deviation.node().equals(raft.self())) {
                onDiffers(deviation.index());
            } else {
                transport.send(
                        deviation.node(), new PeerMessage.StateDiffers(deviation.index(), deviation.stateHash()));
            }
        }
    }

    private void onDiffers(long index) {
        distrust("differs from that of a majority after log entry " + index, index);
    }

    /** The rows of the state, as it was after {@code index}, are wrong. */
    private void distrust(String reason, long index) {
        if (!quarantine.isOn() && index > stateFrom) {
            quarantine.discover(reason, nowNanos);
            offers.dropAll();
            reads.refuseAll(Reason.UNAVAILABLE, published.detail());
        }
    }

    void onBehindLog() {
        offers.onBehind(nowNanos);
    }

    /** Takes a snapshot by hand, and shortens the log as far as it may be. */
    void takeSnapshot(CompletableFuture<SnapshotManifest> done) {
        if (quarantine.isOn()) {
            done.completeExceptionally(
                    new RefusedException(Reason.UNAVAILABLE, "the state of this node is in quarantine"));
            return;
        }
        offers.take(done);
        logKeeper.flush();
    }

    void onTaken(SnapshotManifest manifest, long now) {
        nowNanos = now;
        offers.onTaken(manifest, now);
        if (quarantine.isOn()) {
            offers.dropAll();
        }
    }

    /** A snapshot showed rows that nobody has looked at for long to be wrong. */
    void onWrong(SnapshotManifest manifest, long now) {
        nowNanos = now;
        long index = manifest.last().index();
        distrust("has rows, after log entry " + index + ", that are not those that its hash was kept of", index);
        offers.onNotTaken(published.detail());
    }

    void onArrived(SnapshotManifest manifest) {
        intake.onArrived(manifest);
    }

    /** Returns the snapshot that the core has been told of and now restores. */
    Installation onRestore() {
        return intake.onRestore();
    }

    void onRestored(SnapshotManifest manifest, long now) {
        nowNanos = now;
        stateFrom = manifest.last().index();
        hashes.forget(raft.self());
        intake.onRestored(manifest);
        logKeeper.onRestored(manifest.last().index(), now);
        quarantine.leave();
    }

    void onFlushed(long index, long now) {
        nowNanos = now;
        logKeeper.onFlushed(index, now);
    }

    /** Does what is due. Called every now and then. */
    void tend(long now) {
        nowNanos = now;
        stallWatch.look(now);
        quarantine.tend(now);
        if (!quarantine.isOn()) {
            offers.tend(now);
        }
        logKeeper.tend(now);
    }

    /** The node ends: what is still waited for does not come. */
    void refuseAll(Reason reason, String text) {
        offers.refuseAll(reason, text);
    }
}
