package io.dengine.example.stores;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.LogRestart;
import io.dengine.storage.LogStore;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * A log in one MVStore file: a map from index to entry, and a map of numbers for all else. {@link #sync()} is a commit, which
 * MVStore writes as a whole or not at all, and a forced write. One thread writes, others read.
 */
public final class MvLogStore implements LogStore {

    private static final String TERM = "term";
    private static final String VOTED_FOR = "votedFor";
    private static final String BASE_TERM = "baseTerm";
    private static final String BASE_INDEX = "baseIndex";
    private static final String BASE_TIME = "baseClusterTimeMillis";

    /** Where the log begins and ends, seen as one by readers. */
    private record Span(EntryId base, long baseClusterTimeMillis, EntryId last) {}

    private final MVStore store;
    private final MVMap<Long, byte[]> entries;
    private final MVMap<String, Long> numbers;
    private volatile Span span;
    private boolean failed;

    private MvLogStore(MVStore store) {
        this.store = store;
        this.entries = store.openMap("entries");
        this.numbers = store.openMap("numbers");
        EntryId base = new EntryId(number(BASE_TERM), number(BASE_INDEX));
        this.span = new Span(base, number(BASE_TIME), base);
        drop(base.index());
        Long last = entries.lastKey();
        if (last != null) {
            extendTo(entryAt(last).id());
        }
    }

    /**
     * Opens the log in {@code directory}, which is created if it does not exist.
     *
     * @throws StorageFailure if it cannot be read, or is in use
     */
    public static MvLogStore open(Path directory) {
        try {
            Files.createDirectories(directory);
            return new MvLogStore(new MVStore.Builder()
                    .fileName(directory.resolve("log.mv").toString())
                    .autoCommitDisabled()
                    .open());
        } catch (IOException e) {
            throw StorageFailure.of("opening the log in " + directory, e);
        } catch (MVStoreException e) {
            throw MvFailure.of("opening the log in " + directory, e);
        }
    }

    private long number(String name) {
        return numbers.getOrDefault(name, 0L);
    }

    private void extendTo(EntryId last) {
        span = new Span(span.base(), span.baseClusterTimeMillis(), last);
    }

    @Override
    public HardState hardState() {
        long votedFor = number(VOTED_FOR);
        return new HardState(number(TERM), votedFor == 0 ? null : NodeId.of(Math.toIntExact(votedFor)));
    }

    @Override
    public void save(HardState hardState) {
        write("saving term and vote", () -> {
            NodeId votedFor = hardState.votedFor();
            numbers.put(TERM, hardState.term());
            numbers.put(VOTED_FOR, votedFor == null ? 0L : votedFor.value());
            force();
        });
    }

    @Override
    public void append(List<Entry> more) {
        if (more.isEmpty()) {
            return;
        }
        List<byte[]> records = new ArrayList<>(more.size());
        long first = more.get(0).index();
        EntryId before = first <= base().index() || first > last().index() + 1 ? last() : idAt(first - 1);
        for (Entry entry : more) {
            if (entry.index() != before.index() + 1 || entry.term() < before.term()) {
                throw new IllegalArgumentException(entry + " does not follow " + before);
            }
            ByteBuffer record = ByteBuffer.allocate(RecordFrame.encodedLength(entry));
            RecordFrame.encode(entry, record);
            records.add(record.array());
            before = entry.id();
        }
        EntryId last = before;
        write("appending to the log", () -> {
            for (long index = span.last().index(); index >= first; index--) {
                entries.remove(index);
            }
            for (int i = 0; i < records.size(); i++) {
                entries.put(first + i, records.get(i));
            }
            extendTo(last);
        });
    }

    @Override
    public void sync() {
        write("syncing the log", this::force);
    }

    private void force() {
        store.commit();
        store.sync();
    }

    /** What the last purge let go is dropped by this one, so that a reader of it has come to its end. */
    @Override
    public void purge(long index) {
        Span now = span;
        if (index <= now.base().index()) {
            return;
        }
        EntryId base = idAt(Math.min(index, now.last().index()));
        long clusterTimeMillis = entryAt(base.index()).clusterTimeMillis();
        write("purging the log", () -> {
            drop(now.base().index());
            putBase(base, clusterTimeMillis);
            span = new Span(base, clusterTimeMillis, now.last());
        });
    }

    private void drop(long index) {
        for (Long first = entries.firstKey(); first != null && first <= index; first = entries.firstKey()) {
            entries.remove(first);
        }
    }

    @Override
    public void reset(EntryId base, long clusterTimeMillis) {
        if (!new LogRestart(base, clusterTimeMillis).isDue(this)) {
            throw new IllegalArgumentException(
                    "the log from " + base() + " to " + last() + " need not start over at " + base);
        }
        write("starting the log over", () -> {
            entries.clear();
            putBase(base, clusterTimeMillis);
            force();
            span = new Span(base, clusterTimeMillis, base);
        });
    }

    private void putBase(EntryId base, long clusterTimeMillis) {
        numbers.put(BASE_TERM, base.term());
        numbers.put(BASE_INDEX, base.index());
        numbers.put(BASE_TIME, clusterTimeMillis);
    }

    @Override
    public EntryId base() {
        return span.base();
    }

    @Override
    public long baseClusterTimeMillis() {
        return span.baseClusterTimeMillis();
    }

    @Override
    public EntryId last() {
        return span.last();
    }

    @Override
    public long termAt(long index) {
        return idAt(index).term();
    }

    private EntryId idAt(long index) {
        Span now = span;
        if (index == now.base().index()) {
            return now.base();
        }
        if (index == now.last().index()) {
            return now.last();
        }
        return entryAt(index).id();
    }

    @Override
    public List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
        List<Entry> read = new ArrayList<>();
        long bytes = 0;
        for (long index = fromIndex; index < toIndexExclusive; index++) {
            Entry entry = entryAt(index);
            bytes += entry.payload().length;
            if (!read.isEmpty() && bytes > maxBytes) {
                break;
            }
            read.add(entry);
        }
        return read;
    }

    private Entry entryAt(long index) {
        byte[] record = read(index);
        if (record == null) {
            throw new IllegalArgumentException(
                    "entry " + index + " is not in the log from " + base() + " to " + last());
        }
        if (RecordFrame.decode(ByteBuffer.wrap(record)) instanceof RecordFrame.Decoded.Whole whole) {
            return whole.entry();
        }
        throw new StorageFailure(Kind.CORRUPT, "entry " + index + " is not what was written", null);
    }

    private byte @Nullable [] read(long index) {
        try {
            return entries.get(index);
        } catch (MVStoreException e) {
            throw MvFailure.of("reading entry " + index, e);
        }
    }

    @Override
    public long sizeBytes() {
        return Objects.requireNonNull(store.getFileStore()).size();
    }

    /** Does what changes the file; where that failed once, nothing is tried any more. */
    private void write(String action, Runnable change) {
        if (failed) {
            throw new StorageFailure(Kind.IO, "The log has failed before and takes no more writes.", null);
        }
        try {
            change.run();
        } catch (MVStoreException e) {
            failed = true;
            throw MvFailure.of(action, e);
        }
    }

    @Override
    public void close() {
        if (failed) {
            store.closeImmediately();
        } else {
            store.close(0);
        }
    }
}
