package io.dengine.node;

import io.dengine.raft.Ready;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.message.Envelope;
import io.dengine.storage.LogStore;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order "disk, then promise": writes what each Ready wants durable, syncs once for all that has gathered, and
 * only then sends that Ready's promises. Its queue is bounded by what the core may have in flight: the proposal limits
 * at a leader, the leader's window at a follower.
 */
final class LogWriter implements Agent {

    private final LogStore log;
    private final PeerTransport transport;
    private final Consumer<NodeEvent> completions;
    private final EngineMeter meter;
    private final LongSupplier nanoClock;
    private final Queue<Ready> queue = new ConcurrentLinkedQueue<>();
    private volatile long writingSinceNanos = Long.MAX_VALUE;
    private volatile long purgeTo;
    private volatile long purgedTo;

    LogWriter(
            LogStore log,
            PeerTransport transport,
            Consumer<NodeEvent> completions,
            EngineMeter meter,
            LongSupplier nanoClock) {
        this.log = log;
        this.transport = transport;
        this.completions = completions;
        this.meter = meter;
        this.nanoClock = nanoClock;
    }

    @Override
    public String name() {
        return "log";
    }

    /** Takes a Ready that has something to write, or promises that must stand behind earlier writes. Any thread. */
    void submit(Ready ready) {
        queue.add(ready);
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
        List<Ready> batch = new ArrayList<>();
        for (Ready ready = queue.poll(); ready != null; ready = queue.poll()) {
            batch.add(ready);
        }
        if (!batch.isEmpty()) {
            writingSinceNanos = nanoClock.getAsLong();
            write(batch);
            writingSinceNanos = Long.MAX_VALUE;
            batch.forEach(this::release);
        }
        return purgeIfAsked() || !batch.isEmpty();
    }

    private void write(List<Ready> batch) {
        boolean appended = false;
        for (Ready ready : batch) {
            if (ready.hardState() != null) {
                log.save(ready.hardState());
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

    private void release(Ready ready) {
        for (Envelope envelope : ready.sendAfterAppend()) {
            transport.send(envelope.to(), new PeerMessage.Consensus(envelope.message()));
        }
        if (ready.mustWrite()) {
            completions.accept(new NodeEvent.Written(ready.hardState(), lastOf(ready.append())));
        }
    }

    private static @Nullable EntryId lastOf(List<Entry> entries) {
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
