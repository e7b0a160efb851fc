package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Spares the table behind it most of its work: rows stay in memory, where the next write of the same key finds them, until they fill
 * their share or someone needs a view; then all batches since the last time reach the table as one. A key that changes often is
 * written once. {@link #apply} and {@link #checkpoint} belong to one thread; everything else may be called from any thread.
 *
 * <p>The table behind is always at the end of some batch. So a crash goes back to one, as it does without this, and the log
 * is replayed from there: what is in memory only was never called durable.
 */
public final class WriteBehindTables implements TableStore {

    /**
     * The most bytes of rows in memory that wait, if the heap is large enough; as many again were written last. Twice that where the
     * writer does not keep up.
     */
    private static final long MOST_BYTES = 64 << 20;

    /** What part of the heap the rows that wait may take. */
    private static final int HEAP_SHARE = 16;

    /** The rows that wait, and those before them: on their way to the table, or there, and kept for the next writes. */
    private record Generations(RecentRows young, RecentRows old) {}

    private final TableStore behind;
    private final Executor writer;
    private final long maxBytes;
    private final long hashSecret;
    private final AtomicBoolean writeAsked = new AtomicBoolean();

    /** Held by who writes to the table behind, which expects one at a time. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Guarded by {@link #writing}: whether the table has the old generation. */
    private boolean oldWritten = true;

    /** Held while a batch is added, and while the generations change; taken behind {@link #writing}. */
    private final Object adding = new Object();

    private volatile Generations generations;
    private volatile AppliedState applied;
    private volatile @Nullable RuntimeException failure;
    private volatile boolean closed;

    /**
     * Takes over {@code behind}, which it closes.
     *
     * @param maxBytes about how many bytes of rows may wait
     * @param hashSecret any number that users do not know
     * @param writer where they are written when they are that many
     */
    public WriteBehindTables(TableStore behind, long maxBytes, long hashSecret, Executor writer) {
        this.behind = behind;
        this.maxBytes = maxBytes;
        this.hashSecret = hashSecret;
        this.writer = writer;
        this.applied = behind.applied();
        this.generations = new Generations(new RecentRows(applied, hashSecret), new RecentRows(applied, hashSecret));
    }

    /** Takes over {@code behind}, which it closes; rows may take a share of the heap. */
    public WriteBehindTables(TableStore behind, long hashSecret, Executor writer) {
        this(behind, Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE), hashSecret, writer);
    }

    @Override
    public AppliedState applied() {
        return applied;
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        TableChange recent = find(key);
        return recent != null ? recent.after() : behind.get(key);
    }

    /** Who finds nothing here finds the key behind: a generation goes only once it is written. */
    private @Nullable TableChange find(ByteSequence key) {
        requireOpen();
        Generations present = generations;
        TableChange change = present.young.find(key);
        return change != null ? change : present.old.find(key);
    }

    @Override
    public Row row(ByteSequence key) {
        AppliedState before = applied;
        TableChange recent = find(key);
        StoredValue value = recent != null ? recent.after() : behind.get(key);
        // A row of that revision or an earlier one that is still there was there then.
        boolean wasThere = value != null && value.modRevision() <= before.revision();
        boolean wasAbsent = value == null && recent == null && applied.index() == before.index();
        if (wasThere || wasAbsent) {
            return new Row(value, before.revision());
        }
        synchronized (adding) {
            return new Row(get(key), applied.revision());
        }
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState after) {
        requireOpen();
        requireWhole();
        long bytes;
        synchronized (adding) {
            RecentRows young = generations.young;
            young.add(changes, after);
            applied = after;
            bytes = young.bytes();
        }
        if (bytes > 2 * maxBytes) {
            writeOut(); // the writer does not keep up: now this thread waits for it
        } else if (bytes > maxBytes && writeAsked.compareAndSet(false, true)) {
            askWriter();
        }
    }

    private void askWriter() {
        try {
            writer.execute(() -> {
                writeAsked.set(false);
                try {
                    writeOut();
                } catch (RefusedException closedMeanwhile) {
                    // What it would have written the log brings again.
                } catch (RuntimeException e) {
                    failure = e; // for the next batch
                }
            });
        } catch (RejectedExecutionException e) {
            requireOpen();
            throw e;
        }
    }

    /** Gives the table behind all batches applied before this call. They become visible there all at once. */
    private void writeOut() {
        writing.lock();
        try {
            requireOpen();
            writeOld();
            synchronized (adding) {
                if (generations.young.isEmpty()) {
                    return;
                }
                generations = new Generations(new RecentRows(applied, hashSecret), generations.young);
                oldWritten = false;
            }
            writeOld();
        } finally {
            writing.unlock();
        }
    }

    private void writeOld() {
        if (!oldWritten) {
            generations.old.giveTo(behind);
            oldWritten = true;
        }
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        writeOut();
        behind.forEachDeadline(visitor);
    }

    /** {@inheritDoc} What waits is written first, behind a flush that is under way. */
    @Override
    public View view() {
        writeOut();
        return behind.view();
    }

    @Override
    public long flush() {
        requireWhole();
        writing.lock();
        try {
            writeOut();
            return behind.flush();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public long durableIndex() {
        return behind.durableIndex();
    }

    @Override
    public void checkpoint(Path directory) {
        requireWhole();
        writing.lock();
        try {
            writeOut();
            behind.checkpoint(directory);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public String kind() {
        return behind.kind();
    }

    @Override
    public long sizeBytes() {
        return behind.sizeBytes();
    }

    /** {@inheritDoc} What waits is not written: whoever wants it kept calls {@link #flush}, and the log has it anyway. */
    @Override
    public void close() {
        writing.lock();
        try {
            closed = true;
        } finally {
            writing.unlock();
        }
        behind.close();
    }

    private void requireWhole() {
        RuntimeException cause = failure;
        if (cause != null) {
            throw cause;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new RefusedException(RefusedException.Reason.CLOSED, "the table store is closed");
        }
    }
}
