package io.dengine.node;

import io.dengine.raft.Ready;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.message.Envelope;
import io.dengine.storage.LogStore;
import io.dengine.storage.NodeDirectory;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order "disk, then promise": writes what each Ready wants durable, syncs once for all that has gathered, and
 * only then sends that Ready's promises. What is to be written is bounded by what the core may have in flight: the
 * proposal limits at a leader, the leader's window at a follower. Promises without anything to write, which go on while a
 * disk stands still, are bounded here: beyond that they are dropped, as the network might have done.
 */
final class LogWriter implements Agent {

    private static final int MAX_QUEUED = 10_000;

    /** A Ready, and the snapshot it restores. */
    private record Work(Ready ready, @Nullable Installation installation) {}

    private final LogStore log;
    private final NodeDirectory directory;
    private final PeerTransport transport;
    private final Consumer<NodeEvent> completions;
    private final EngineMeter meter;
    private final LongSupplier nanoClock;
    private final Queue<Work> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private volatile long writingSinceNanos = Long.MAX_VALUE;
    private volatile long purgeTo;
    private volatile long purgedTo;
    private volatile AgentRunner.@Nullable Handle handle;

    LogWriter(
            LogStore log,
            NodeDirectory directory,
            PeerTransport transport,
            Consumer<NodeEvent> completions,
            EngineMeter meter,
            LongSupplier nanoClock) {
        this.log = log;
        this.directory = directory;
        this.transport = transport;
        this.completions = completions;
        this.meter = meter;
        this.nanoClock = nanoClock;
    }

    @Override
    public String name() {
        return "log";
    }

    /** Called once, before anything is submitted. */
    void attach(AgentRunner.Handle ownHandle) {
        handle = ownHandle;
    }

    /**
     * Takes a Ready that has something to write, or promises that must stand behind earlier writes. Any thread.
     *
     * @param installation the snapshot that {@code ready} restores, if any
     */
    void submit(Ready ready, @Nullable Installation installation) {
        if (ready.mustWrite() || queued.get() < MAX_QUEUED) {
            queued.incrementAndGet();
            queue.add(new Work(ready, installation));
            AgentRunner.Handle own = handle;
            if (own != null) {
                own.wake();
            }
        }
    }

    /** Lets the log drop entries up to {@code index}. Any thread. */
    void purge(long index) {
        purgeTo = index;
    }

    /** Returns the index that the last purge was asked for. Any thread. */
    long purgedTo() {
        return purgedTo;
    }

    /** Returns when the write under way began, or {@link Long#MAX_VALUE} while there is none. Any thread. */
    long writingSinceNanos() {
        return writingSinceNanos;
    }

    @Override
    public boolean doWork() {
        List<Work> batch = new ArrayList<>();
        for (Work work = queue.poll(); work != null; work = queue.poll()) {
            batch.add(work);
        }
        queued.addAndGet(-batch.size());
        if (!batch.isEmpty()) {
            writingSinceNanos = nanoClock.getAsLong();
            write(batch);
            writingSinceNanos = Long.MAX_VALUE;
            batch.forEach(this::release);
        }
        return purgeIfAsked() || !batch.isEmpty();
    }

    private void write(List<Work> batch) {
        boolean appended = false;
        for (Work work : batch) {
            Ready ready = work.ready();
            if (ready.hardState() != null) {
                log.save(ready.hardState());
            }
            if (work.installation() != null && ready.restore() != null) {
                install(work.installation(), ready.restore());
            }
            if (!ready.append().isEmpty()) {
                log.append(ready.append());
                appended = true;
            }
        }
        if (appended) {
            long start = nanoClock.getAsLong();
            log.sync();
            meter.fsync(nanoClock.getAsLong() - start);
        }
    }

    /** The state's files first: a crash in between is told by them that the log is to start over. */
    private void install(Installation installation, Ready.Restore restore) {
        directory.install(installation.manifest(), restore.resetLog());
        if (restore.resetLog()) {
            log.reset(restore.point().last(), restore.point().clusterTimeMillis());
        }
        installation.putInPlace();
    }

    private void release(Work work) {
        Ready ready = work.ready();
        for (Envelope envelope : ready.sendAfterAppend()) {
            transport.send(envelope.to(), new PeerMessage.Consensus(envelope.message()));
        }
        if (ready.mustWrite()) {
            completions.accept(new NodeEvent.Written(ready.hardState(), lastOf(ready)));
        }
        if (work.installation() != null) {
            completions.accept(new NodeEvent.Installed());
        }
    }

    private static @Nullable EntryId lastOf(Ready ready) {
        List<Entry> entries = ready.append();
        return entries.isEmpty() ? null : entries.get(entries.size() - 1).id();
    }

    private boolean purgeIfAsked() {
        long index = purgeTo;
        if (index <= purgedTo) {
            return false;
        }
        log.purge(index);
        purgedTo = index;
        return true;
    }
}
