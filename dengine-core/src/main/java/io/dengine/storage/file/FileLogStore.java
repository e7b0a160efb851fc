package io.dengine.storage.file;

import io.dengine.config.Durability;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.storage.Disk;
import io.dengine.storage.LogRestart;
import io.dengine.storage.LogStore;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log as a row of segment files in one directory, beside the hard state. One thread writes; one other may read.
 *
 * <p>A write goes to the end of the newest segment; {@link #sync} flushes that one file. Names change in an order that a
 * crash can stop anywhere and leave a log without a gap: a new segment appears only once the one before is durable and
 * sealed, cut segments go newest first, purged ones oldest first, each before the next is touched.
 */
public final class FileLogStore implements LogStore {

    /** The least size of a segment, bytes; meant for tests. Config asks for more. */
    public static final int MIN_SEGMENT_BYTES = 512;

    private static final int WRITE_BUFFER_BYTES = 256 * 1024;

    private final Disk disk;
    private final Path directory;
    private final int segmentBytes;
    private final HardStateFile hardStateFile;

    private ByteBuffer writeBuffer;
    private long lastClusterTimeMillis;

    private volatile Segments segments;
    private volatile EntryId last;
    private volatile HardState hardState;
    private volatile @Nullable StorageFailure failure;

    /** The segments in order; the first {@code purged} of them are deleted and stay readable for one purge more. */
    private record Segments(List<LogSegment> all, int purged) {

        LogSegment oldest() {
            return all.get(purged);
        }

        LogSegment newest() {
            return all.get(all.size() - 1);
        }

        List<LogSegment> live() {
            return all.subList(purged, all.size());
        }

        /** Returns the position of the segment that holds {@code index}, which the log holds. */
        int find(long index) {
            int low = 0;
            int high = all.size() - 1;
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                if (all.get(middle).firstIndex() <= index) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            return low;
        }
    }

    private FileLogStore(Disk disk, Path directory, int segmentBytes, OpenedLog opened) throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.hardStateFile = opened.hardState();
        this.hardState = hardStateFile.load();
        this.writeBuffer = ByteBuffer.allocateDirect(Math.min(WRITE_BUFFER_BYTES, segmentBytes));
        this.segments = new Segments(opened.segments(), 0);
        this.last = segments.newest().last();
        this.lastClusterTimeMillis = opened.lastClusterTimeMillis();
    }

    /**
     * Opens the log in {@code directory}, making it if there is none. Everything in it is durable on return.
     *
     * @param segmentBytes the size of a segment file, {@link #MIN_SEGMENT_BYTES} to 1 GiB; one that holds a larger
     *     record is larger
     * @param durability FSYNC flushes at each {@link #sync} and {@link #save}; the others leave that to the system
     * @throws StorageFailure CORRUPT if what was durable is damaged or missing; OTHER_FORMAT, IO, DISK_FULL
     */
    public static FileLogStore open(Disk disk, Path directory, long segmentBytes, Durability durability) {
        if (segmentBytes < MIN_SEGMENT_BYTES || segmentBytes > 1L << 30) {
            throw new IllegalArgumentException("segments of " + segmentBytes + " bytes");
        }
        Disk flushed = durability == Durability.FSYNC ? disk : new UnflushedDisk(disk);
        try {
            return new FileLogStore(
                    flushed, directory, (int) segmentBytes, OpenedLog.open(flushed, directory, (int) segmentBytes));
        } catch (IOException e) {
            throw StorageFailure.of("opening the log in " + directory, e);
        }
    }

    @Override
    public HardState hardState() {
        return hardState;
    }

    @Override
    public void save(HardState newState) {
        requireUsable();
        try {
            hardStateFile.save(newState);
            hardState = newState;
        } catch (IOException e) {
            throw failed("saving term and vote", e);
        }
    }

    @Override
    public void append(List<Entry> entries) {
        requireUsable();
        if (entries.isEmpty()) {
            return;
        }
        long first = entries.get(0).index();
        requireFollowing(entries, first);
        try {
            if (first <= last.index()) {
                cut(first);
            }
            for (Entry entry : entries) {
                int length = RecordFrame.encodedLength(entry);
                if (!segments.newest().takes(length)) {
                    writeBuffered();
                    roll();
                }
                if (writeBuffer.remaining() < length) {
                    writeBuffered();
                    if (writeBuffer.capacity() < length) {
                        writeBuffer = ByteBuffer.allocateDirect(Math.max(length, 2 * writeBuffer.capacity()));
                    }
                }
                RecordFrame.encode(entry, writeBuffer);
                segments.newest().added(entry.term(), length);
                lastClusterTimeMillis = entry.clusterTimeMillis();
            }
            writeBuffered();
            last = entries.get(entries.size() - 1).id();
        } catch (IOException e) {
            throw failed("appending to the log", e);
        } catch (StorageFailure e) {
            failure = e;
            throw e;
        }
    }

    /** Refuses before anything is touched, so that a caller's mistake costs nothing on disk. */
    private void requireFollowing(List<Entry> entries, long first) {
        if (first <= base().index() || first > last.index() + 1) {
            throw new IllegalArgumentException("entry " + first + " does not follow on " + base() + " to " + last);
        }
        long index = first;
        long term = termAt(first - 1);
        for (Entry entry : entries) {
            if (entry.index() != index || entry.term() < term) {
                throw new IllegalArgumentException(
                        entry + " stands where index " + index + " of term " + term + " or later belongs");
            }
            if (entry.payload().length > RecordFrame.MAX_PAYLOAD_BYTES) {
                throw new IllegalArgumentException(entry + " is over the limit of a record");
            }
            index++;
            term = entry.term();
        }
    }

    private void writeBuffered() throws IOException {
        if (writeBuffer.position() > 0) {
            segments.newest().write(writeBuffer.flip());
            writeBuffer.clear();
        }
    }

    private void roll() throws IOException {
        LogSegment full = segments.newest();
        full.endFile(); // a segment that has a successor is never written
        List<LogSegment> all = new ArrayList<>(segments.all);
        all.add(LogSegment.create(disk, directory, full.last(), lastClusterTimeMillis, segmentBytes));
        segments = new Segments(List.copyOf(all), segments.purged);
    }

    /** Drops the entries from {@code index} on. Durable on return, see {@link LogSegment#cut}. */
    private void cut(long index) throws IOException {
        // Read while the sync marks behind it still stand: if it is damaged, the next start must be able to tell that
        // from a torn tail.
        long keptClusterTimeMillis = segments.all.get(segments.find(index - 1)).clusterTimeAt(index - 1);
        last = new EntryId(termAt(index - 1), index - 1);
        while (segments.newest().firstIndex() > index) {
            LogSegment dropped = segments.newest();
            segments = new Segments(List.copyOf(segments.all.subList(0, segments.all.size() - 1)), segments.purged);
            deleteDurably(dropped);
            dropped.close();
        }
        segments.newest().cut(index);
        lastClusterTimeMillis = keptClusterTimeMillis;
    }

    private void deleteDurably(LogSegment segment) throws IOException {
        disk.delete(segment.path());
        disk.syncDirectory(directory);
    }

    @Override
    public void sync() {
        requireUsable();
        try {
            segments.newest().sync();
        } catch (IOException e) {
            throw failed("syncing the log", e);
        }
    }

    @Override
    public void purge(long index) {
        requireUsable();
        try {
            Segments before = segments;
            List<LogSegment> live = List.copyOf(before.live());
            int dropped = 0;
            while (dropped < live.size() - 1 && live.get(dropped).endIndexExclusive() - 1 <= index) {
                dropped++;
            }
            if (dropped == 0) {
                return;
            }
            segments = new Segments(live, dropped);
            for (LogSegment segment : live.subList(0, dropped)) {
                deleteDurably(segment);
            }
            for (LogSegment segment : before.all.subList(0, before.purged)) {
                segment.close();
            }
        } catch (IOException e) {
            throw failed("purging the log", e);
        }
    }

    @Override
    public void reset(EntryId base, long clusterTimeMillis) {
        requireUsable();
        LogRestart restart = new LogRestart(base, clusterTimeMillis);
        if (!restart.isDue(this)) {
            throw new IllegalArgumentException(
                    "the log from " + base() + " to " + last + " cannot start over behind " + base);
        }
        try {
            LogReset.begin(disk, directory, restart);
            for (LogSegment segment : segments.all) {
                segment.close();
            }
            segments = new Segments(List.of(LogReset.finish(disk, directory, restart, segmentBytes)), 0);
            last = base;
            lastClusterTimeMillis = clusterTimeMillis;
        } catch (IOException e) {
            throw failed("starting the log over", e);
        }
    }

    @Override
    public EntryId base() {
        return segments.oldest().previous();
    }

    @Override
    public long baseClusterTimeMillis() {
        return segments.oldest().previousClusterTimeMillis();
    }

    @Override
    public EntryId last() {
        return last;
    }

    @Override
    public long termAt(long index) {
        Segments now = segments;
        requirePresent(now, index, index);
        return now.all.get(now.find(index)).termAt(index);
    }

    @Override
    public List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
        requireUsable();
        Segments now = segments;
        requirePresent(now, fromIndex - 1, toIndexExclusive - 1);
        if (fromIndex >= toIndexExclusive) {
            throw new IllegalArgumentException("nothing to read from " + fromIndex + " to " + toIndexExclusive);
        }
        try {
            List<Entry> entries = new ArrayList<>();
            long left = maxBytes;
            long next = fromIndex;
            for (int i = now.find(fromIndex); next < toIndexExclusive; i++) {
                LogSegment segment = now.all.get(i);
                long bytes = segment.read(next, toIndexExclusive, left, entries);
                if (bytes < 0) {
                    break;
                }
                left -= bytes;
                next = segment.endIndexExclusive();
            }
            return entries;
        } catch (IOException e) {
            throw StorageFailure.of("reading the log", e);
        }
    }

    private void requirePresent(Segments now, long from, long to) {
        long lowest = now.all.get(0).previous().index();
        if (from < lowest || to > last.index()) {
            throw new IllegalArgumentException(
                    "entries " + from + " to " + to + " are not between " + base() + " and " + last);
        }
    }

    @Override
    public long sizeBytes() {
        return segments.live().stream().mapToLong(LogSegment::fileBytes).sum();
    }

    private void requireUsable() {
        StorageFailure earlier = failure;
        if (earlier != null) {
            throw new StorageFailure(
                    earlier.kind(), "The log is closed to all use since it failed: " + earlier.getMessage(), earlier);
        }
    }

    private StorageFailure failed(String action, IOException cause) {
        StorageFailure failed = StorageFailure.of(action + " in " + directory, cause);
        failure = failed;
        return failed;
    }

    /** Syncs what was appended, unless the store has failed, and closes the files. */
    @Override
    public void close() {
        try {
            if (failure == null) {
                segments.newest().syncWithMark();
            }
        } catch (IOException e) {
            throw failed("syncing the log at its close", e);
        } finally {
            closeFiles();
        }
    }

    private void closeFiles() {
        try {
            for (LogSegment segment : segments.all) {
                segment.close();
            }
            hardStateFile.close();
        } catch (IOException e) {
            throw StorageFailure.of("closing the log in " + directory, e);
        }
    }
}
