package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.LogReader;
import java.util.ArrayList;
import java.util.List;

/** A durable log in memory: what is in it has been synced. */
final class DiskLog implements LogReader {

    private final List<Entry> entries = new ArrayList<>();
    private EntryId base = EntryId.ZERO;
    private long baseClusterTimeMillis;

    void append(List<Entry> more) {
        for (Entry entry : more) {
            int at = Math.toIntExact(entry.index() - base.index() - 1);
            if (at > entries.size()) {
                throw new IllegalStateException("gap before " + entry);
            }
            entries.subList(at, entries.size()).clear();
            entries.add(entry);
        }
    }

    void restart(EntryId behind, long clusterTimeMillis) {
        entries.clear();
        base = behind;
        baseClusterTimeMillis = clusterTimeMillis;
    }

    void purge(long index) {
        while (base.index() < index) {
            Entry first = entries.remove(0);
            base = first.id();
            baseClusterTimeMillis = first.clusterTimeMillis();
        }
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
        return index == base.index() ? base.term() : entry(index).term();
    }

    @Override
    public List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
        List<Entry> read = new ArrayList<>();
        long bytes = 0;
        for (long index = fromIndex; index < toIndexExclusive; index++) {
            Entry entry = entry(index);
            bytes += entry.payload().length;
            if (bytes > maxBytes && !read.isEmpty()) {
                break;
            }
            read.add(entry);
        }
        return read;
    }

    private Entry entry(long index) {
        return entries.get(Math.toIntExact(index - base.index() - 1));
    }
}
