package io.dengine.node;

import io.dengine.api.FatalException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.raft.Notice;
import io.dengine.raft.Raft;
import io.dengine.raft.Ready;
import io.dengine.raft.RoleKind;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.RaftMessage;
import io.dengine.statemachine.StateMachine;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only code that touches the Raft core: takes what the mailbox holds, hands it to the core, and carries out the
 * resulting Ready in its one fixed order. The mailbox needs no bound of its own: each kind of event in it has one
 * (admission of callers, of peers' bytes, and the core's own bounds on writes and applies under way).
 */
final class EventLoop implements Agent {

    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

    /** How many events a turn takes at most, so that time and effects are never far behind. */
    private static final int TURN_EVENTS = 1024;

    /** How often deadlines are looked at while something waits for an answer, and while nothing does. */
    private static final long BUSY_MILLIS = 20;

    private static final long IDLE_MILLIS = 100;

    private static final String CLOSED_BEFORE = "the node was closed before this was begun";

    private final Raft raft;
    private final NodeParts parts;
    private final PeerTransport transport;
    private final StateMachine stateMachine;
    private final LongSupplier nanoClock;
    private final WriteRouter writes;
    private final ReadRouter reads;
    private final LogWriter logWriter;
    private final Applier applier;
    private final NodeObservers observers;
    private final PublishedState published;
    private final Admission peerBytes;
    private final StateUpkeep upkeep;
    private final ClusterDesk cluster;
    private final ExpiryStamps stamps;
    private final Queue<NodeEvent> mailbox = new ConcurrentLinkedQueue<>();

    /** This turn's part of the mailbox; what a failure leaves in it is refused in the next turn. */
    private final ArrayDeque<NodeEvent> mail = new ArrayDeque<>();

    private long nowNanos;
    private long nextHousekeepingNanos;
    private boolean broken;
    private volatile boolean closed;
    private @Nullable CompletableFuture<Void> handOver;

    EventLoop(
            NodeParts parts,
            LogWriter logWriter,
            Applier applier,
            StateFlusher flusher,
            SnapshotAgent snapshotAgent,
            ClusterDesk cluster,
            NodeObservers observers,
            PublishedState published,
            Admission peerBytes) {
        this.parts = parts;
        this.raft = parts.raft();
        this.transport = parts.transport();
        this.stateMachine = parts.stateMachine();
        this.nanoClock = parts.nanoClock();
        this.logWriter = logWriter;
        this.applier = applier;
        this.observers = observers;
        this.published = published;
        this.cluster = cluster;
        this.peerBytes = peerBytes;
        this.stamps = new ExpiryStamps(raft, stateMachine);
        long firstRequestId = parts.random().nextLong() >>> 1;
        long retryNanos = parts.config().election().timeout().toNanos() / 2;
        this.writes = new WriteRouter(raft, transport, parts.config().limits(), retryNanos / 4, firstRequestId);
        this.reads = new ReadRouter(raft, transport, stateMachine.applied().index(), retryNanos, firstRequestId);
        this.upkeep = new StateUpkeep(parts, logWriter, applier, flusher, snapshotAgent, reads, published);
        this.nowNanos = nanoClock.getAsLong();
        upkeep.start();
    }

    @Override
    public String name() {
        return "loop";
    }

    /** Any thread; the caller then wakes the loop. */
    void post(NodeEvent event) {
        mailbox.add(event);
        if (closed) {
            answerLate(); // nobody else looks any more
        }
    }

    @Override
    public boolean doWork() {
        try {
            return turn();
        } catch (Throwable t) {
            breakDown("loop", t);
            return true;
        }
    }

    private boolean turn() {
        boolean taken = takeMail();
        // After the mail was taken: a write is stamped with this time, and one before its call would end its TTL early.
        nowNanos = nanoClock.getAsLong();
        if (!broken) {
            raft.tick(nowNanos);
        }
        for (NodeEvent event = mail.poll(); event != null; event = mail.poll()) {
            if (broken) {
                refuse(event);
            } else {
                handle(event);
            }
        }
        if (broken) {
            return taken;
        }
        writes.route(nowNanos);
        reads.route(nowNanos);
        cluster.route(nowNanos);
        stamps.proposeIfDue();
        boolean effects = false;
        while (raft.hasReady()) {
            effects = true;
            carryOut(raft.takeReady());
        }
        if (taken) {
            published.update(raft); // an answer to a heartbeat extends the lease without another effect
        }
        if (nowNanos - nextHousekeepingNanos >= 0) {
            housekeeping();
        }
        return taken || effects;
    }

    private boolean takeMail() {
        while (mail.size() < TURN_EVENTS) {
            NodeEvent event = mailbox.poll();
            if (event == null) {
                break;
            }
            mail.add(event);
        }
        return !mail.isEmpty();
    }

    private void handle(NodeEvent event) {
        if (event instanceof NodeEvent.Propose propose) {
            writes.submit(propose.write());
        } else if (event instanceof NodeEvent.Read read) {
            reads.submit(read.read());
        } else if (event instanceof NodeEvent.FromPeer fromPeer) {
            peerBytes.release(fromPeer.bytes());
            onPeerMessage(fromPeer);
        } else if (event instanceof NodeEvent.Written written) {
            if (written.hardState() != null) {
                raft.onHardStateSaved(written.hardState());
            }
            if (written.last() != null) {
                raft.onAppended(written.last());
            }
        } else if (event instanceof NodeEvent.Applied applied) {
            onApplied(applied.outcome());
        } else if (event instanceof NodeEvent.Flushed flushed) {
            upkeep.onFlushed(flushed.index(), nowNanos);
        } else if (event instanceof NodeEvent.SnapshotTaken taken) {
            upkeep.onTaken(taken.manifest(), nowNanos);
        } else if (event instanceof NodeEvent.SnapshotWrong wrong) {
            upkeep.onWrong(wrong.manifest(), nowNanos);
        } else if (event instanceof NodeEvent.SnapshotArrived arrived) {
            upkeep.onArrived(arrived.manifest());
        } else if (event instanceof NodeEvent.Installed) {
            applier.onInPlace();
        } else if (event instanceof NodeEvent.Restored restored) {
            onRestored(restored.manifest());
        } else if (event instanceof NodeEvent.TakeSnapshot take) {
            upkeep.takeSnapshot(take.done());
        } else if (event instanceof NodeEvent.ForCluster forCluster) {
            cluster.handle(forCluster.event(), nowNanos);
        } else if (event instanceof NodeEvent.PeerLost lost) {
            raft.onDisconnected(lost.peer());
            writes.onPeerLost(lost.peer());
            cluster.onPeerLost(lost.peer());
        } else if (event instanceof NodeEvent.HandOver request) {
            startHandOver(request.done());
        } else if (event instanceof NodeEvent.Broken failure) {
            breakDown(failure.agent(), failure.cause());
        } else {
            throw new AssertionError(event);
        }
    }

    private void onPeerMessage(NodeEvent.FromPeer event) {
        PeerMessage message = event.message();
        if (message instanceof PeerMessage.Consensus consensus) {
            RaftMessage raftMessage = consensus.message();
            raft.step(event.from(), raftMessage);
        } else if (message instanceof PeerMessage.ProposeRequest request) {
            writes.onRequest(event.from(), request);
        } else if (message instanceof PeerMessage.ProposeResponse response) {
            writes.onResponse(response, nowNanos);
        } else if (message instanceof PeerMessage.ReadIndexRequest request) {
            reads.onRequest(event.from(), request);
        } else if (message instanceof PeerMessage.ReadIndexResponse response) {
            reads.onResponse(response, nowNanos);
        } else if (message instanceof PeerMessage.ClusterRequest request) {
            cluster.onRequest(event.from(), request, nowNanos);
        } else if (message instanceof PeerMessage.ClusterResponse response) {
            cluster.onResponse(response, nowNanos);
        } else {
            upkeep.onPeerMessage(event.from(), message, nowNanos);
        }
    }

    private void onApplied(StateMachine.Outcome outcome) {
        long index = outcome.applied().index();
        raft.onApplied(index);
        observers.onApplied(index); // before any answer: who was told "ready" finds the node leading
        writes.onApplied(outcome.results());
        reads.onApplied(index);
        upkeep.onApplied(outcome, nowNanos);
    }

    private void onRestored(SnapshotManifest manifest) {
        long index = manifest.last().index();
        raft.onApplied(index);
        observers.onApplied(index);
        writes.onRestored(index);
        reads.onApplied(index);
        upkeep.onRestored(manifest, nowNanos);
    }

    private void carryOut(Ready ready) {
        // Before anything leaves: a lease read must see every index that a peer could have learnt from this node.
        published.update(raft);
        for (Envelope envelope : ready.sendNow()) {
            transport.send(envelope.to(), new PeerMessage.Consensus(envelope.message()));
        }
        if (ready.mustWrite() || !ready.sendAfterAppend().isEmpty()) {
            Installation installation = ready.restore() == null ? null : upkeep.onRestore();
            if (installation != null) {
                applier.submit(installation);
            }
            logWriter.submit(ready, installation);
        }
        if (!ready.committed().isEmpty()) {
            applier.submit(ready.committed());
        }
        ready.notices().forEach(this::onNotice);
        cluster.followMembership();
        ready.reads().forEach(reads::onConfirmed);
        ready.failedReads().forEach(reads::onFailed);
    }

    private void onNotice(Notice notice) {
        if (notice instanceof Notice.RoleChanged changed) {
            log.info(
                    "node {} is {} in term {}, leader {}, last entry {}, commit {}: {}",
                    raft.self(),
                    changed.role(),
                    changed.term(),
                    changed.leader() == null ? "unknown" : changed.leader(),
                    raft.lastEntry(),
                    raft.commitIndex(),
                    changed.reason());
            if (changed.role() != RoleKind.LEADER) {
                writes.onLeadershipLost("leadership changed before the write was committed: it may still take effect");
            }
            observers.onRole(changed);
        } else if (notice instanceof Notice.LeaderEstablished established) {
            observers.onEstablished(established, stateMachine.applied().index());
        } else if (notice instanceof Notice.MembershipChanged changed) {
            cluster.onMembership(changed);
            observers.onMembership(changed);
        } else if (notice instanceof Notice.PeerBehindLog behind) {
            log.info(
                    "node {} needs entry {}, but the log starts at {}: it is fed by a snapshot",
                    behind.peer(),
                    behind.nextIndex(),
                    parts.log().base().index() + 1);
            upkeep.onBehindLog();
        } else {
            throw new AssertionError(notice);
        }
    }

    private void housekeeping() {
        boolean idle = writes.isIdle() && reads.isIdle() && cluster.isIdle() && handOver == null;
        nextHousekeepingNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(idle ? IDLE_MILLIS : BUSY_MILLIS);
        writes.expire(nowNanos);
        reads.expire(nowNanos);
        upkeep.tend(nowNanos);
        cluster.tend(nowNanos);
        published.obstacle(cluster.obstacle());
        published.updatePeers(raft);
        finishHandOver();
    }

    private void startHandOver(CompletableFuture<Void> done) {
        handOver = done;
        raft.transferLeadership(null);
        finishHandOver();
    }

    private void finishHandOver() {
        boolean alone = raft.membership().voters().size() == 1;
        if (handOver != null && writes.isIdle() && (alone || raft.role() != RoleKind.LEADER)) {
            handOver.complete(null);
        }
    }

    /** Leaves consensus for good: nothing is sent, written, applied or promised from here on. */
    private void breakDown(String agent, Throwable cause) {
        if (broken) {
            log.error("node {}: a further failure in its {}", raft.self(), agent, cause);
            return;
        }
        broken = true;
        log.error("node {} leaves the cluster until it is restarted: its {} failed", raft.self(), agent, cause);
        published.broken(cause);
        transport.close();
        String text = "node " + raft.self() + " failed while the write was under way: " + cause.getMessage();
        writes.answerAll(new WriteRouter.Ending() {
            @Override
            public void unsent(PendingWrite write) {
                write.refused(Reason.UNAVAILABLE, published.detail());
            }

            @Override
            public void sent(PendingWrite write) {
                write.failed(new FatalException(text, cause));
            }
        });
        reads.refuseAll(Reason.UNAVAILABLE, published.detail());
        upkeep.refuseAll(Reason.UNAVAILABLE, published.detail());
        cluster.end(published.detail());
        observers.onEnded();
        if (handOver != null) {
            handOver.complete(null);
        }
    }

    private void refuse(NodeEvent event) {
        event.refuse(Reason.UNAVAILABLE, published.detail());
        if (event instanceof NodeEvent.FromPeer fromPeer) {
            peerBytes.release(fromPeer.bytes());
        } else if (event instanceof NodeEvent.HandOver request) {
            request.done().complete(null);
        } else if (event instanceof NodeEvent.Broken failure) {
            breakDown(failure.agent(), failure.cause());
        }
    }

    /** Answers all that still waits. Only once the loop has stopped. */
    void close() {
        published.closed();
        writes.answerAll(new WriteRouter.Ending() {
            @Override
            public void unsent(PendingWrite write) {
                write.refused(Reason.CLOSED, CLOSED_BEFORE);
            }

            @Override
            public void sent(PendingWrite write) {
                write.indeterminate("the node was closed before the write was answered");
            }
        });
        reads.refuseAll(Reason.CLOSED, "the node was closed");
        upkeep.refuseAll(Reason.CLOSED, "the node was closed");
        cluster.end("the node was closed");
        observers.onEnded();
        closed = true;
        answerLate();
    }

    /** Answers what was posted too late for the last turn; by whoever comes first. */
    private void answerLate() {
        for (NodeEvent event = mailbox.poll(); event != null; event = mailbox.poll()) {
            event.refuse(Reason.CLOSED, CLOSED_BEFORE);
        }
    }

    @Override
    public long nextDueNanos() {
        if (broken) {
            return Long.MAX_VALUE;
        }
        return Math.min(
                Math.min(raft.nextDueNanos(), nextHousekeepingNanos), stamps.nextDueNanos(nowNanos, IDLE_MILLIS));
    }
}
