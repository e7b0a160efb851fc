package io.dengine.node;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.ClusterOrder;
import io.dengine.watch.WatchHub;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node as its clients see it. Thread-safe. */
public final class EngineNode implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EngineNode.class);

    /** What peers may have waiting here: enough for every window of every peer, too little to hurt. */
    private static final int MAX_PEER_MESSAGES = 100_000;

    private static final long MAX_PEER_BYTES = 256L << 20;

    private final NodeParts parts;
    private final DEngineConfig config;
    private final LongSupplier nanoClock;
    private final NodeId self;
    private final Admission writeAdmission;
    private final Admission readAdmission;
    private final Admission peerAdmission = new Admission(MAX_PEER_MESSAGES, MAX_PEER_BYTES);
    private final PublishedState published;
    private final NodeObservers observers;
    private final StatusReader status;
    private final LogWriter logWriter;
    private final Applier applier;
    private final StateFlusher flusher;
    private final SnapshotAgent snapshotAgent;
    private final EventLoop loop;
    private final AgentRunner.Handle writerHandle;
    private final AgentRunner.Handle applierHandle;
    private final AgentRunner.Handle flusherHandle;
    private final AgentRunner.Handle snapshotHandle;

    /** Null until the loop is started; the writer may have posted to it by then. */
    private volatile AgentRunner.@Nullable Handle loopHandle;

    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> handedOver = new CompletableFuture<>();
    private volatile boolean threadLeft;

    private EngineNode(NodeParts parts) {
        this.parts = parts;
        this.config = parts.config();
        this.nanoClock = parts.nanoClock();
        this.self = parts.raft().self();
        Limits limits = config.limits();
        this.writeAdmission = new Admission(limits.maxPendingProposals(), limits.maxPendingBytes());
        this.readAdmission = new Admission(limits.maxPendingReads(), Long.MAX_VALUE);
        this.published = new PublishedState(parts.raft());
        this.observers = new NodeObservers(
                self, parts.raft().lastApplied(), parts.raft().committedMembership(), parts.callbacks());
        this.status = new StatusReader(parts, published, observers, writeAdmission, readAdmission);
        this.logWriter = new LogWriter(
                parts.log(), parts.snapshots().directory(), parts.transport(), this::post, parts.meter(), nanoClock);
        this.snapshotAgent = new SnapshotAgent(
                parts.snapshots().directory(),
                parts.transport(),
                this::post,
                config.snapshots().maxBytesPerSecond(),
                config.election().timeout().toNanos(),
                nanoClock);
        this.applier = new Applier(
                parts.stateMachine(),
                parts.history(),
                parts.watches(),
                parts.snapshots(),
                snapshotAgent,
                config.watch().progressInterval(),
                this::post,
                nanoClock);
        this.flusher = new StateFlusher(parts.stateMachine(), applier::history, this::post, nanoClock);
        this.loop = new EventLoop(
                parts,
                logWriter,
                applier,
                flusher,
                snapshotAgent,
                new ClusterDesk(parts, self(parts), event -> post(new NodeEvent.ForCluster(event))),
                observers,
                published,
                peerAdmission);
        this.writerHandle = parts.runner().start(logWriter, this::agentFailed);
        this.applierHandle = parts.runner().start(applier, this::agentFailed);
        this.flusherHandle = parts.runner().start(flusher, this::agentFailed);
        this.snapshotHandle = parts.runner().start(snapshotAgent, this::agentFailed);
        logWriter.attach(writerHandle);
        applier.attach(applierHandle);
        flusher.attach(flusherHandle);
        snapshotAgent.attach(snapshotHandle);
        AgentRunner.Handle started = parts.loopRunner().start(loop, this::agentFailed);
        this.loopHandle = started;
        started.wake(); // for what was posted while nobody could
    }

    /**
     * Starts a node of these parts.
     *
     * @throws io.dengine.transport.PortInUseException if the own address is taken; the parts are then closed
     */
    public static EngineNode start(NodeParts parts) {
        EngineNode node = new EngineNode(parts);
        try {
            parts.transport().start(node.inbox());
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
        return node;
    }

    /** Returns the node as it wants to be known. */
    private static Member self(NodeParts parts) {
        Peering peering = parts.config().peering();
        PeerAddress address = parts.config().address();
        PeerAddress apiAddress = parts.config().apiAddress();
        return new Member(
                parts.raft().self(),
                address == null ? "" : address.toString(),
                apiAddress == null ? "" : apiAddress.toString(),
                parts.snapshots().directory().storageId(),
                peering.readOnly(),
                peering.replaces());
    }

    private PeerInbox inbox() {
        return new PeerInbox(self, parts.transport(), snapshotAgent, peerAdmission, this::post);
    }

    private void post(NodeEvent event) {
        loop.post(event);
        AgentRunner.Handle handle = loopHandle;
        if (handle != null) {
            handle.wake();
        }
    }

    private void agentFailed(Agent agent, Throwable cause) {
        if (agent == loop) {
            log.error("node {}: its loop ended", self, cause);
        } else {
            post(new NodeEvent.Broken(agent.name(), cause));
        }
    }

    /**
     * Has {@code command} replicated and applied. The future completes on the event loop's thread, exceptionally only
     * with a {@link io.dengine.api.CoordinationException}: dependents must be short and must not be user code.
     */
    public CompletableFuture<CommandResult> propose(byte[] command) {
        if (published.hasEnded() || closing.get()) {
            return CompletableFuture.failedFuture(ended());
        }
        if (!writeAdmission.tryAcquire(command.length)) {
            parts.meter().proposal(EngineMeter.Outcome.REFUSED, 0);
            return CompletableFuture.failedFuture(new RefusedException(
                    Reason.OVERLOADED,
                    "this node has as many writes under way as it may (" + writeAdmission.count()
                            + "): retry after a moment"));
        }
        PendingWrite write = new PendingWrite(
                command, config.limits().requestTimeout().toNanos(), writeAdmission, parts.meter(), nanoClock);
        post(new NodeEvent.Propose(write));
        return write.future();
    }

    /**
     * Completes when this node's state includes every write that was acknowledged anywhere before this call. The future
     * completes on the event loop's thread, as that of {@link #propose} does.
     *
     * @param timeout after which it is refused; up to for ever
     */
    public CompletableFuture<Void> readBarrier(Duration timeout) {
        if (published.hasEnded() || closing.get()) {
            return CompletableFuture.failedFuture(ended());
        }
        if (published.isQuarantined()) {
            return CompletableFuture.failedFuture(new RefusedException(Reason.UNAVAILABLE, published.detail()));
        }
        if (!readAdmission.tryAcquire(0)) {
            return CompletableFuture.failedFuture(new RefusedException(
                    Reason.OVERLOADED,
                    "this node has as many reads under way as it may (" + readAdmission.count()
                            + "): retry after a moment"));
        }
        PendingRead read =
                new PendingRead(nanoClock.getAsLong() + TimeUnit.NANOSECONDS.convert(timeout), readAdmission);
        post(new NodeEvent.Read(read));
        return read.future();
    }

    /**
     * Has the leader carry {@code order} out. The future completes on the event loop's thread; exceptionally with a {@link
     * io.dengine.api.CoordinationException}.
     */
    public CompletableFuture<Void> order(ClusterOrder order) {
        if (published.hasEnded() || closing.get()) {
            return CompletableFuture.failedFuture(ended());
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        post(new NodeEvent.ForCluster(new ClusterEvent.Ordered(
                PendingOrder.ofCaller(order, nanoClock.getAsLong() + ClusterDesk.orderNanos(config), done))));
        return done;
    }

    /** Returns the members as this node has applied them. */
    public Membership members() {
        Membership applied = parts.stateMachine().applied().membership();
        return applied.equals(Membership.NONE) ? published.view().membership() : applied;
    }

    /**
     * Takes a snapshot of this node's state, to be offered to whoever needs one, and shortens the log as far as the
     * others allow. The future completes on the event loop's thread with what was taken, or with a {@link
     * RefusedException}.
     */
    public CompletableFuture<SnapshotManifest> takeSnapshot() {
        if (published.hasEnded() || closing.get()) {
            return CompletableFuture.failedFuture(ended());
        }
        CompletableFuture<SnapshotManifest> done = new CompletableFuture<>();
        post(new NodeEvent.TakeSnapshot(done));
        return done;
    }

    /**
     * Returns whether the state as it is now may answer a LEASE read. The commit index comes first: whatever another
     * node could have answered before this call was published here before; that no other leader can have committed
     * anything since is what the lease, checked after it, says.
     */
    public boolean holdsReadLease() {
        PublishedState.View view = published.view();
        return parts.stateMachine().applied().index() >= view.commitIndex()
                && nanoClock.getAsLong() < view.leaseUntilNanos();
    }

    /**
     * Opens a view of the state as this node has applied it; it must be closed.
     *
     * @throws RefusedException if the node has ended, or its state is in quarantine
     */
    public TableStore.View view() {
        requireReadable();
        return parts.stateMachine().view();
    }

    /**
     * Returns a key as it was at one revision, not before the one applied when this was called.
     *
     * @throws RefusedException if the node has ended, or its state is in quarantine
     */
    public TableStore.Row row(ByteSequence key) {
        requireReadable();
        return parts.stateMachine().row(key);
    }

    private void requireReadable() {
        if (published.hasEnded()) {
            throw ended();
        }
        if (published.isQuarantined()) {
            throw new RefusedException(Reason.UNAVAILABLE, published.detail());
        }
    }

    private RefusedException ended() {
        boolean broken = published.health() == NodeHealth.FAILED || published.health() == NodeHealth.DISK_FULL;
        return broken
                ? new RefusedException(Reason.UNAVAILABLE, published.detail())
                : new RefusedException(Reason.CLOSED, "the node is closed");
    }

    public WatchHub watches() {
        return parts.watches();
    }

    public DEngineConfig config() {
        return config;
    }

    public EngineMeter meter() {
        return parts.meter();
    }

    /** Returns where user code runs. */
    public Executor callbacks() {
        return parts.callbacks();
    }

    public LongSupplier nanoClock() {
        return nanoClock;
    }

    /** Adds a listener, which is told of the present leader first; the result removes it. */
    public AutoCloseable addLeaderListener(LeaderListener listener) {
        return observers.add(listener);
    }

    /** Adds a listener, which is told of the present members first; the result removes it. */
    public AutoCloseable addMembershipListener(MembershipListener listener) {
        return observers.addMembership(listener);
    }

    /** Returns who leads as far as this node knows; of itself only once it has applied what came before. */
    public LeaderListener.LeaderChange leader() {
        return observers.current();
    }

    /** Returns the leader that this node follows or is, or null while none is known. */
    public @Nullable NodeId leaderId() {
        return published.view().leader();
    }

    /** Takes the node out of its cluster: a part that anything depends on has failed. Any thread. */
    public void fail(String part, Throwable cause) {
        post(new NodeEvent.Broken(part, cause));
    }

    /** Returns whether this node can serve. */
    public NodeHealth health() {
        return published.health();
    }

    /** Returns the node as it is now. Takes time in proportion to the open watches. */
    public NodeStatus status() {
        return status.read();
    }

    /**
     * Begins to close: refuses new calls, hands leadership over and lets pending writes finish. The result completes when
     * that is done, at the latest with {@link #close}, which has to follow. Idempotent.
     */
    public CompletableFuture<Void> startClosing() {
        if (closing.compareAndSet(false, true)) {
            post(new NodeEvent.HandOver(handedOver));
        }
        return handedOver;
    }

    /**
     * Hands leadership over, answers or fails every pending call, flushes the state and closes all parts. Waits at most
     * about two election timeouts for a successor. Idempotent; a second call does not wait for the first.
     */
    @Override
    public void close() {
        CompletableFuture<Void> handOver = startClosing();
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // Under an interrupted thread the JVM closes every file it touches: the flag is put aside until all is done.
        boolean interrupted = Thread.interrupted();
        try {
            interrupted |= isInterruptedWaitingFor(handOver);
            closeParts();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeParts() {
        Duration patience = Duration.ofSeconds(10);
        AgentRunner.Handle handle = loopHandle;
        boolean stopped = handle == null || handle.stop(patience);
        stopped = writerHandle.stop(patience) && stopped;
        stopped = applierHandle.stop(patience) && stopped;
        stopped = flusherHandle.stop(patience) && stopped;
        stopped = snapshotHandle.stop(patience) && stopped;
        orLog("closing the transport", parts.transport()::close);
        loop.close();
        parts.watches().close();
        if (!stopped) {
            // A thread still inside the disk or the table: to close those under it could corrupt them.
            threadLeft = true;
            log.error("node {}: a thread did not stop in time; its files stay open until the process ends", self);
            return;
        }
        closeFiles();
        log.info("node {} closed", self);
    }

    /** Returns whether the thread was interrupted meanwhile, which ends the wait. */
    private boolean isInterruptedWaitingFor(CompletableFuture<Void> handOver) {
        try {
            handOver.get(config.election().timeout().multipliedBy(2).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            log.info("node {} closes without a successor or with writes unanswered", self);
        } catch (InterruptedException e) {
            return true;
        } catch (ExecutionException e) {
            throw new AssertionError("a hand-over never fails", e);
        }
        return false;
    }

    /** Returns whether a thread did not stop at the close: it may still write, so nobody else may open the files. */
    public boolean hasThreadLeft() {
        return threadLeft;
    }

    private void closeFiles() {
        orLog("closing the snapshots", snapshotAgent::close);
        if (published.health() == NodeHealth.CLOSED && !published.isQuarantined()) {
            orLog("flushing the state", flusher::flushAll);
        }
        orLog("closing the state", parts.stateMachine()::close);
        orLog("closing the watch history", applier::closeHistory);
        orLog("closing the log", parts.log()::close);
    }

    /** What was acknowledged is in the log already: a failure here loses nothing, and the next part is still closed. */
    private void orLog(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            log.error("node {}: {} failed", self, what, e);
        }
    }
}
