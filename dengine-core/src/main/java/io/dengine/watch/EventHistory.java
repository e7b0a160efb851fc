package io.dengine.watch;

import io.dengine.api.CompactedException;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchRequest;
import io.dengine.config.WatchSettings;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The past changes, by revision: all of them from the oldest kept to the newest, without gap. The newest lie in memory,
 * and all of them in segment files where there is a directory.
 *
 * <p>Thread-safety: {@link #append}, {@link #expire}, {@link #checkpoint} and {@link #close} come from one thread; everything
 * else, reads and {@link #sync} included, from any thread beside it.
 *
 * <p>The files are no log. Nothing is synced before {@link #sync}, and what a crash takes away the replay of the Raft log
 * raises again, as long as the owner calls {@link #sync} before it lets go of the log entries behind it. Time is counted
 * on the owner's monotonic clock, which does not outlive the process: segments found at the start count as new.
 */
public final class EventHistory implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventHistory.class);

    /** What a bound is divided by for one segment: the history exceeds its age, or falls short of its size, by such a part. */
    private static final int SEGMENTS = 16;

    /** What is kept in memory beside the files. Watches in time are given changes directly; what lives long costs the collector most. */
    private static final long RECENT_BYTES = 1 << 20;

    private static final long LEAST_SEGMENT_BYTES = 4 << 10;
    private static final long MOST_SEGMENT_BYTES = 64 << 20;

    /** The store's revision before its first change. Nothing happened in it, so a history from the next one on is whole. */
    private static final long EMPTY_STORE_REVISION = 1;

    private final Disk disk;
    private final @Nullable Path directory;
    private final WatchSettings settings;
    private final long segmentBytes;
    private final long segmentEvents;
    private final long ageMillis;

    // Of the writing thread.
    private boolean clockStarted;
    private ByteBuffer records = ByteBuffer.allocate(0);
    /** Whether the newest segment takes no more: a checkpoint shares its file. */
    private boolean newestSealed;

    /** Held by who syncs: a sync that finds nothing to do must not return before the one that does it. Taken before the other lock. */
    private final Object syncing = new Object();

    /** Guarded by {@link #syncing}. */
    private @Nullable StorageFailure syncFailure;

    private final Object lock = new Object();
    // Guarded by lock; only the writing thread changes the segments, so it may read them without it.
    private final NavigableMap<Long, EventSegment> segments;
    private final RecentEvents recent;
    private boolean directoryUnsynced;
    private long segmentsBytes;
    private long segmentsEvents;
    private long first;
    private long last;
    private boolean closed;

    private EventHistory(
            Disk disk,
            @Nullable Path directory,
            WatchSettings settings,
            NavigableMap<Long, EventSegment> segments,
            long appliedRevision) {
        this.disk = disk;
        this.directory = directory;
        this.settings = settings;
        this.segmentBytes =
                Math.max(LEAST_SEGMENT_BYTES, Math.min(MOST_SEGMENT_BYTES, settings.historyBytes() / SEGMENTS));
        this.segmentEvents = Math.max(1, settings.historyEvents() / SEGMENTS);
        this.ageMillis = settings.historyAge().toMillis();
        this.segments = segments;
        this.segmentsBytes =
                segments.values().stream().mapToLong(EventSegment::sizeBytes).sum();
        this.segmentsEvents =
                segments.values().stream().mapToLong(EventSegment::events).sum();
        this.last = appliedRevision;
        this.first = segments.isEmpty()
                ? appliedRevision + 1
                : segments.firstEntry().getValue().firstRevision();
        this.recent = directory == null
                ? new RecentEvents(settings.historyEvents(), settings.historyBytes(), appliedRevision)
                : new RecentEvents(segmentEvents, Math.min(segmentBytes, RECENT_BYTES), appliedRevision);
    }

    /**
     * Opens the history under {@code directory} as it was at {@code appliedRevision}. What lies beyond is dropped: the
     * replay of the log raises it again. Where the files end before it, or are damaged, the history starts behind the
     * gap, at the latest at {@code appliedRevision + 1}.
     *
     * @param directory where the files are, created if missing; null keeps the history in memory only
     * @param appliedRevision the revision of the state that the log is replayed onto
     * @throws StorageFailure if the disk fails
     */
    public static EventHistory open(Disk disk, @Nullable Path directory, WatchSettings settings, long appliedRevision) {
        NavigableMap<Long, EventSegment> segments =
                directory == null ? new TreeMap<>() : recover(disk, directory, appliedRevision);
        EventHistory history = new EventHistory(disk, directory, settings, segments, appliedRevision);
        if (directory != null) {
            LOG.info("watch history: revisions {} to {}", history.oldestRevision(), appliedRevision);
        }
        return history;
    }

    private static NavigableMap<Long, EventSegment> recover(Disk disk, Path directory, long appliedRevision) {
        NavigableMap<Long, EventSegment> segments = new TreeMap<>();
        List<EventSegment> useless = new ArrayList<>();
        try {
            disk.createDirectories(directory);
            for (String name : disk.list(directory)) {
                long named = EventSegment.revisionIn(name);
                if (named < 0) {
                    continue;
                }
                EventSegment segment = EventSegment.recover(disk, directory.resolve(name), appliedRevision);
                if (segment.isEmpty()) {
                    useless.add(segment);
                    continue;
                }
                if (!segments.isEmpty()
                        && segments.lastEntry().getValue().lastRevision() + 1 != segment.firstRevision()) {
                    useless.addAll(segments.values());
                    segments.clear();
                }
                segments.put(segment.firstRevision(), segment);
            }
            if (!segments.isEmpty() && segments.lastEntry().getValue().lastRevision() != appliedRevision) {
                useless.addAll(segments.values());
                segments.clear();
            }
            useless.forEach(segment -> segment.delete(disk));
            // A deletion that a crash undid could put old records beside the new ones of the same revisions.
            disk.syncDirectory(directory);
        } catch (IOException e) {
            throw failure("opening", directory, e);
        }
        return segments;
    }

    /** Adds {@code changes}, which follow the newest revision without gap, and drops what is now beyond a bound. */
    void append(List<RevisionEvents> changes, long nowMillis) {
        long expected = last;
        for (RevisionEvents change : changes) {
            expected++;
            if (change.revision() != expected) {
                throw new IllegalStateException("revision " + change.revision() + " where " + expected + " is next");
            }
        }
        if (directory != null) {
            write(directory, changes, nowMillis);
        }
        synchronized (lock) {
            for (RevisionEvents change : changes) {
                recent.add(change, nowMillis);
            }
            last = expected;
        }
        expire(nowMillis);
    }

    private void write(Path directory, List<RevisionEvents> changes, long nowMillis) {
        int from = 0;
        while (from < changes.size()) {
            EventSegment segment = segmentFor(directory, changes.get(from).revision(), nowMillis);
            long bytesLeft = segmentBytes - segment.sizeBytes();
            long eventsLeft = segmentEvents - segment.events();
            int to = from;
            while (to < changes.size() && (to == from || (bytesLeft > 0 && eventsLeft > 0))) {
                bytesLeft -= EventRecord.size(changes.get(to));
                eventsLeft -= changes.get(to).events().size();
                to++;
            }
            long bytesBefore = segment.sizeBytes();
            long eventsBefore = segment.events();
            List<RevisionEvents> fitting = changes.subList(from, to);
            segment.append(fitting, nowMillis, records(EventSegment.sizeOf(fitting)));
            synchronized (lock) {
                segmentsBytes += segment.sizeBytes() - bytesBefore;
                segmentsEvents += segment.events() - eventsBefore;
            }
            from = to;
        }
    }

    /** Returns an empty buffer with room for {@code size} bytes: mostly the same one. */
    private ByteBuffer records(int size) {
        if (size > RECENT_BYTES) {
            return ByteBuffer.allocate(size);
        }
        if (size > records.capacity()) {
            records = ByteBuffer.allocate(Integer.highestOneBit(2 * size - 1));
        }
        return records.clear();
    }

    private EventSegment segmentFor(Path directory, long revision, long nowMillis) {
        Map.Entry<Long, EventSegment> newest = segments.lastEntry();
        if (newest != null
                && !newestSealed
                && newest.getValue().sizeBytes() < segmentBytes
                && newest.getValue().events() < segmentEvents
                && newest.getValue().ageMillis(nowMillis) <= ageMillis / SEGMENTS) {
            return newest.getValue();
        }
        EventSegment segment = EventSegment.create(disk, directory, revision);
        newestSealed = false;
        synchronized (lock) {
            directoryUnsynced = true;
            segments.put(revision, segment);
            segmentsBytes += segment.sizeBytes();
        }
        return segment;
    }

    /** Drops what is beyond a bound. */
    void expire(long nowMillis) {
        List<EventSegment> dropped = new ArrayList<>();
        synchronized (lock) {
            if (directory == null) {
                recent.dropUntil(nowMillis - ageMillis);
                first = recent.first();
                return;
            }
            if (!clockStarted) {
                segments.values().forEach(segment -> segment.startClock(nowMillis));
                clockStarted = true;
            }
            while (!segments.isEmpty()) {
                EventSegment oldest = segments.firstEntry().getValue();
                boolean tooLarge = segmentsBytes > settings.historyBytes() || segmentsEvents > settings.historyEvents();
                if (oldest.lastRevision() >= first
                        && oldest.idleMillis(nowMillis) < ageMillis
                        && (!tooLarge || segments.size() == 1)) {
                    break;
                }
                segmentsBytes -= oldest.sizeBytes();
                segmentsEvents -= oldest.events();
                dropped.add(oldest);
                segments.pollFirstEntry();
            }
            first = Math.max(
                    first,
                    segments.isEmpty()
                            ? last + 1
                            : segments.firstEntry().getValue().firstRevision());
            recent.dropBefore(first);
        }
        dropped.forEach(segment -> segment.delete(disk));
    }

    /**
     * Makes everything appended before this call durable. To be called before the log entries behind it are let go of. Does
     * nothing once this is closed.
     */
    public void sync() {
        if (directory == null) {
            return;
        }
        synchronized (syncing) {
            if (syncFailure != null) {
                throw syncFailure; // what it left in memory only, a second sync would not write
            }
            List<EventSegment> unsynced = acquireUnsynced();
            try {
                unsynced.forEach(EventSegment::sync);
                syncDirectory(directory);
            } catch (StorageFailure e) {
                syncFailure = e;
                throw e;
            } finally {
                unsynced.forEach(EventSegment::release);
            }
        }
    }

    private List<EventSegment> acquireUnsynced() {
        List<EventSegment> unsynced = new ArrayList<>();
        synchronized (lock) {
            for (EventSegment segment : segments.descendingMap().values()) {
                if (!segment.unsynced()) {
                    break;
                }
                segment.acquire();
                unsynced.add(segment);
            }
        }
        return unsynced;
    }

    private void syncDirectory(Path directory) {
        synchronized (lock) {
            if (!directoryUnsynced) {
                return;
            }
            directoryUnsynced = false;
        }
        try {
            disk.syncDirectory(directory);
        } catch (IOException e) {
            synchronized (lock) {
                if (closed) {
                    return; // whoever closed it may have deleted it
                }
            }
            throw failure("syncing", directory, e);
        }
    }

    /**
     * Syncs, then gives {@code target} files from which {@link #open} makes a history of what this one holds now; durable on
     * return, and never written to again from here. A history without a directory gives none: what is opened there begins
     * with the next revision.
     *
     * @param target absent or empty
     * @throws StorageFailure if the disk fails
     */
    public void checkpoint(Path target) {
        sync();
        newestSealed = true;
        try {
            disk.createDirectories(target);
            for (EventSegment segment : segments.values()) {
                segment.link(disk, target);
            }
            disk.syncDirectory(target);
        } catch (IOException e) {
            throw failure("writing a checkpoint of", target, e);
        }
    }

    /**
     * Reads a stretch from {@code from} on as {@code request} sees it; empty if {@code from} is not there yet.
     *
     * @throws CompactedException if the history begins after {@code from}
     */
    HistoryPage read(long from, WatchRequest request) {
        long start;
        EventSegment segment;
        List<RevisionEvents> changes;
        synchronized (lock) {
            if (closed) {
                throw new RefusedException(RefusedException.Reason.CLOSED, "the watch history is closed");
            }
            long oldest = oldestRevision();
            if (from < oldest) {
                throw new CompactedException(from, oldest);
            }
            start = Math.max(from, first);
            if (start > last) {
                return new HistoryPage(List.of(), last);
            }
            if (recent.holds(start)) {
                changes = recent.from(start, EventSegment.PAGE_BYTES);
                segment = null;
            } else {
                changes = List.of();
                segment = segments.floorEntry(start).getValue();
                segment.acquire();
            }
        }
        if (segment == null) {
            return select(changes, request);
        }
        try {
            HistoryPage page = segment.read(start, request);
            if (page.through() < start) {
                throw damaged(start, from);
            }
            return page;
        } finally {
            segment.release();
        }
    }

    private static HistoryPage select(List<RevisionEvents> changes, WatchRequest request) {
        List<Delivery> deliveries = new ArrayList<>();
        for (RevisionEvents change : changes) {
            Delivery delivery = Delivery.of(change, request);
            if (delivery != null) {
                deliveries.add(delivery);
            }
        }
        return new HistoryPage(deliveries, changes.get(changes.size() - 1).revision());
    }

    /** Gives up the history up to {@code revision}, whose record does not match its checksum. */
    private CompactedException damaged(long revision, long asked) {
        synchronized (lock) {
            if (revision >= first) {
                LOG.warn(
                        "watch history: the record of revision {} is damaged, the history now starts behind it",
                        revision);
                first = revision + 1;
                recent.dropBefore(first);
            }
            return new CompactedException(asked, oldestRevision());
        }
    }

    /** Returns the oldest revision a watch can start from; one above the newest revision if nothing is kept. */
    public long oldestRevision() {
        synchronized (lock) {
            return first == EMPTY_STORE_REVISION + 1 ? EMPTY_STORE_REVISION : first;
        }
    }

    /** Returns the newest revision that has been appended, or that the history was opened at. */
    public long newestRevision() {
        synchronized (lock) {
            return last;
        }
    }

    /** Returns the bytes the past changes take, on disk where they are kept there. */
    public long sizeBytes() {
        synchronized (lock) {
            return directory == null ? recent.bytes() : segmentsBytes;
        }
    }

    /** Returns the number of past changes kept. */
    public long events() {
        synchronized (lock) {
            return directory == null ? recent.events() : segmentsEvents;
        }
    }

    /** Lets go of the files, without making anything durable. Reads fail from now on. */
    @Override
    public void close() {
        List<EventSegment> open;
        synchronized (lock) {
            closed = true;
            directoryUnsynced = false;
            open = List.copyOf(segments.values());
            segments.clear();
        }
        open.forEach(EventSegment::release);
    }

    private static StorageFailure failure(String what, Path directory, IOException cause) {
        return StorageFailure.of(what + " the watch history in " + directory, cause);
    }
}
