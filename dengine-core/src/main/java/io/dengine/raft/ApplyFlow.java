package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Hands committed entries out for apply. What is out and not applied stays within {@code maxBytes} plus one entry, and
 * within {@link RaftLog#MAX_BATCH_ENTRIES}; the rest waits in the log.
 */
final class ApplyFlow {

    private record Batch(long lastIndex, long bytes) {}

    private final int maxBytes;
    private final ArrayDeque<Batch> out = new ArrayDeque<>();
    private long outBytes;
    private long outIndex;
    private long appliedIndex;
    private boolean paused;

    ApplyFlow(long appliedIndex, int maxBytes) {
        this.appliedIndex = appliedIndex;
        this.outIndex = appliedIndex;
        this.maxBytes = maxBytes;
    }

    long appliedIndex() {
        return appliedIndex;
    }

    /** Returns up to where entries were handed out. */
    long outIndex() {
        return outIndex;
    }

    boolean isPaused() {
        return paused;
    }

    /** Hands nothing out any more, or goes on. */
    void pause(boolean pause) {
        paused = pause;
    }

    /** The state jumps to {@code index}, behind all that is out, which counts as one more batch under way. */
    void restore(long index) {
        outIndex = index;
        out.add(new Batch(index, 0));
    }

    boolean hasNext(long committedIndex) {
        return !paused && outBytes < maxBytes && outIndex < limit(committedIndex);
    }

    /** Returns the next entries up to {@code committedIndex}, or none. */
    List<Entry> next(RaftLog log, long committedIndex) {
        if (!hasNext(committedIndex)) {
            return List.of();
        }
        List<Entry> entries = log.read(outIndex + 1, limit(committedIndex) + 1, maxBytes - outBytes);
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.payload().length;
        }
        outIndex = entries.get(entries.size() - 1).index();
        outBytes += bytes;
        out.add(new Batch(outIndex, bytes));
        return entries;
    }

    void onApplied(long index) {
        if (index > outIndex) {
            throw new IllegalStateException("applied " + index + ", but only " + outIndex + " was handed out");
        }
        appliedIndex = Math.max(appliedIndex, index);
        for (Batch first = out.peek(); first != null && first.lastIndex() <= appliedIndex; first = out.peek()) {
            outBytes -= first.bytes();
            out.remove();
        }
    }

    private long limit(long committedIndex) {
        return Math.min(committedIndex, appliedIndex + RaftLog.MAX_BATCH_ENTRIES);
    }
}
