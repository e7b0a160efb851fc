package io.dengine.node;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.storage.LogStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log on the heap; what it holds counts as durable. */
final class HeapLog implements LogStore {

    private final List<Entry> entries = new ArrayList<>();
    private EntryId base = EntryId.ZERO;
    private long baseClusterTimeMillis;
    private HardState hardState = HardState.INITIAL;
    boolean closed;

    /** Run once, in the midst of the next sync. */
    @Nullable
    Runnable atNextSync;

    @Override
    public HardState hardState() {
        return hardState;
    }

    @Override
    public void save(HardState state) {
        hardState = state;
    }

    @Override
    public void append(List<Entry> more) {
        for (Entry entry : more) {
            entries.subList(at(entry.index()), entries.size()).clear();
            entries.add(entry);
        }
    }

    @Override
    public void sync() {
        Runnable stall = atNextSync;
        atNextSync = null;
        if (stall != null) {
            stall.run();
        }
    }

    @Override
    public void purge(long index) {
        while (base.index() < index) {
            Entry first = entries.remove(0);
            base = first.id();
            baseClusterTimeMillis = first.clusterTimeMillis();
        }
    }

    @Override
    public void reset(EntryId newBase, long clusterTimeMillis) {
        entries.clear();
        base = newBase;
        baseClusterTimeMillis = clusterTimeMillis;
    }

    @Override
    public long sizeBytes() {
        return entries.stream().mapToLong(entry -> entry.payload().length).sum();
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public EntryId base() {
        return base;
    }

    @Override
    public long baseClusterTimeMillis() {
        return baseClusterTimeMillis;
    }

    @Override
    public EntryId last() {
        return entries.isEmpty() ? base : entries.get(entries.size() - 1).id();
    }

    @Override
    public long termAt(long index) {
        return index == base.index() ? base.term() : entries.get(at(index)).term();
    }

    @Override
    public List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
        List<Entry> read = new ArrayList<>();
        long bytes = 0;
        for (long index = fromIndex; index < toIndexExclusive; index++) {
            Entry entry = entries.get(at(index));
            bytes += entry.payload().length;
            if (bytes > maxBytes && !read.isEmpty()) {
                break;
            }
            read.add(entry);
        }
        return read;
    }

    private int at(long index) {
        return Math.toIntExact(index - base.index() - 1);
    }
}
