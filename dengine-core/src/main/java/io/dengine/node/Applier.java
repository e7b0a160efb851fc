package io.dengine.node;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.Snapshots;
import io.dengine.storage.StorageFailure;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps state, watches and answers in one order: a batch is applied, then its events are published, then the event loop
 * learns of it and answers. A snapshot takes its place among the batches. The queue is bounded by the core, which hands
 * out no more than it may until told that it was applied.
 */
final class Applier implements Agent {

    private sealed interface Task {

        record Entries(List<Entry> committed) implements Task {}

        record Restore(Installation installation) implements Task {}
    }

    private final StateMachine stateMachine;
    private final WatchHub watches;
    private final SnapshotParts snapshots;
    private final SnapshotAgent snapshotAgent;
    private final Consumer<NodeEvent> completions;
    private final LongSupplier nanoClock;
    private final Queue<Task> queue = new ConcurrentLinkedQueue<>();

    /** What was taken from the queue and has to wait: for a snapshot to be in its place, or for the end of a pause. */
    private final ArrayDeque<Task> waiting = new ArrayDeque<>();

    private final long tickNanos;
    private long nextTickNanos;
    private volatile EventHistory history;
    private boolean oldFilesLeft;
    private Membership seedsOf = Membership.NONE;
    private volatile @Nullable UUID checkpointAsked;
    private volatile boolean paused;
    private volatile AgentRunner.@Nullable Handle handle;

    Applier(
            StateMachine stateMachine,
            EventHistory history,
            WatchHub watches,
            SnapshotParts snapshots,
            SnapshotAgent snapshotAgent,
            Duration progressInterval,
            Consumer<NodeEvent> completions,
            LongSupplier nanoClock) {
        this.stateMachine = stateMachine;
        this.history = history;
        this.watches = watches;
        this.snapshots = snapshots;
        this.snapshotAgent = snapshotAgent;
        this.completions = completions;
        this.nanoClock = nanoClock;
        this.tickNanos = progressInterval.dividedBy(2).toNanos();
        this.nextTickNanos = nanoClock.getAsLong();
    }

    @Override
    public String name() {
        return "apply";
    }

    /** Called once, before anything is asked. */
    void attach(AgentRunner.Handle ownHandle) {
        handle = ownHandle;
    }

    private void wake() {
        AgentRunner.Handle own = handle;
        if (own != null) {
            own.wake();
        }
    }

    /** Takes committed entries, in log order. Any thread. */
    void submit(List<Entry> committed) {
        queue.add(new Task.Entries(committed));
        wake();
    }

    /** Takes a snapshot that the entries submitted from now on follow. Any thread. */
    void submit(Installation installation) {
        queue.add(new Task.Restore(installation));
    }

    /** Asks for a snapshot; one at a time. Any thread. */
    void checkpoint(UUID id) {
        checkpointAsked = id;
        wake();
    }

    /** Applies no more entries, since the state is not what it should be, until told to {@link #resume}. Any thread. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        wake();
    }

    /** The snapshot submitted last is in its place. Any thread. */
    void onInPlace() {
        wake();
    }

    @Override
    public boolean doWork() {
        boolean worked = restoreOrApply();
        tickIfDue();
        UUID id = checkpointAsked;
        if (id != null) {
            checkpointAsked = null;
            takeSnapshot(id);
            worked = true;
        }
        return worked;
    }

    private boolean restoreOrApply() {
        for (Task task = queue.poll(); task != null; task = queue.poll()) {
            waiting.add(task);
        }
        for (Task task : waiting) {
            if (task instanceof Task.Restore restore) {
                if (restore.installation().isInPlace()) {
                    restore(restore);
                    return true;
                }
                break;
            }
        }
        return !paused && applyWaiting();
    }

    /** Applies what stands before the next snapshot. */
    private boolean applyWaiting() {
        List<Entry> batch = new ArrayList<>();
        while (waiting.peek() instanceof Task.Entries entries) {
            batch.addAll(entries.committed());
            waiting.remove();
        }
        if (batch.isEmpty()) {
            return false;
        }
        StateMachine.Outcome outcome = stateMachine.apply(batch);
        watches.publish(outcome.events(), outcome.applied().revision(), nowMillis());
        rememberSeeds(outcome.applied().membership());
        completions.accept(new NodeEvent.Applied(outcome));
        return true;
    }

    /** Goes on from a snapshot, which holds all that waits before it. */
    private void restore(Task.Restore restore) {
        while (waiting.remove() != restore) {
            // Entries that the snapshot has in it.
        }
        SnapshotManifest manifest = restore.installation().manifest();
        TableStore tables = snapshots.opener().tables(snapshots.directory().state());
        requireSame(manifest, tables);
        snapshots.directory().trustState();
        EventHistory opened = snapshots.opener().history(snapshots.directory().history(), manifest.revision());
        stateMachine.replace(tables);
        watches.restart(opened, manifest.revision());
        history = opened;
        oldFilesLeft = true;
        rememberSeeds(manifest.membership());
        completions.accept(new NodeEvent.Restored(manifest));
    }

    /** Where the others are is what a node needs to come back once its own data is lost. */
    private void rememberSeeds(Membership membership) {
        if (!membership.equals(seedsOf)) {
            seedsOf = membership;
            snapshots
                    .directory()
                    .rememberSeeds(membership.details().values().stream()
                            .map(Member::address)
                            .filter(address -> !address.isEmpty())
                            .map(PeerAddress::parse)
                            .toList());
        }
    }

    /** What turns out to be wrong is in its place already: a restart must not serve it either. */
    private void requireSame(SnapshotManifest manifest, TableStore tables) {
        boolean same;
        try (TableStore.View view = tables.view()) {
            same = InstalledState.isOf(manifest, view);
        }
        if (!same) {
            tables.close();
            snapshots.directory().distrustState(InstalledState.deviationFrom(manifest));
            throw new StorageFailure(
                    StorageFailure.Kind.CORRUPT,
                    "The state installed from snapshot " + manifest.id() + " up to entry " + manifest.last()
                            + " does not have the hash it should have. Restart this node, which then fetches the state again, and"
                            + " check the node that the snapshot came from.",
                    null);
        }
    }

    /** Between two batches; checksums are the snapshot agent's work. */
    private void takeSnapshot(UUID id) {
        Snapshots store = snapshots.directory().snapshots();
        Path directory = store.begin(id);
        history.checkpoint(directory.resolve("history"));
        AppliedState applied = stateMachine.checkpoint(directory.resolve("state"));
        SnapshotManifest measured = new SnapshotManifest(
                id,
                new EntryId(applied.term(), applied.index()),
                applied.clusterTimeMillis(),
                applied.revision(),
                applied.stateHash(),
                applied.membership(),
                snapshots.storeKind(),
                store.measure(id));
        snapshotAgent.onTaken(measured, stateMachine.view());
    }

    /** Watches have one writer, this agent: their clock is moved from here too. */
    private void tickIfDue() {
        long now = nanoClock.getAsLong();
        if (now - nextTickNanos >= 0) {
            nextTickNanos = now + tickNanos;
            watches.tick(TimeUnit.NANOSECONDS.toMillis(now));
            if (oldFilesLeft && !stateMachine.holdsReplaced()) {
                oldFilesLeft = false;
                snapshots.directory().deleteOldGenerations();
            }
        }
    }

    @Override
    public long nextDueNanos() {
        return nextTickNanos;
    }

    /** Returns the history that belongs to the present state. Any thread. */
    EventHistory history() {
        return history;
    }

    /** Only once the agent has stopped. */
    void closeHistory() {
        history.close();
    }

    private long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong());
    }
}
