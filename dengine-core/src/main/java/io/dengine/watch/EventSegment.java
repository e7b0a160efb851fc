package io.dengine.watch;

import io.dengine.api.WatchRequest;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One file of history: a header and the records of consecutive revisions, with the position of each in memory. One
 * thread writes; any thread reads what was published by a finished {@link #append}. The file stays open until its owner
 * and the last reader have let go of it, so a reader never loses it midway.
 */
final class EventSegment {

    /** The bytes of history a reader takes at once, unless one revision is larger. */
    static final int PAGE_BYTES = 64 << 10;

    private static final String PREFIX = "events-";
    private static final int DIGITS = 19;

    /** "DEWATCH" and the version of the format. */
    private static final long MAGIC = 0x44_45_57_41_54_43_48_01L;

    private static final int HEADER_BYTES = Long.BYTES;
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final Path path;
    private final Disk.File file;

    private final Object lock = new Object();
    // Guarded by lock.
    private long first;
    private int[] starts = new int[64];
    private int count;
    private long end = HEADER_BYTES;
    private long events;
    private int users = 1;
    private boolean unsynced;

    // Of the writing thread.
    private long startedMillis = UNKNOWN;
    private long newestMillis = UNKNOWN;

    private EventSegment(Path path, Disk.File file, long first) {
        this.path = path;
        this.file = file;
        this.first = first;
    }

    /** Returns the name of the segment that begins with {@code revision}. */
    static String name(long revision) {
        return String.format("%s%0" + DIGITS + "d", PREFIX, revision);
    }

    /** Returns the revision in a segment's name, or -1 if {@code name} is not one. */
    static long revisionIn(String name) {
        if (!name.startsWith(PREFIX) || name.length() != PREFIX.length() + DIGITS) {
            return -1;
        }
        String digits = name.substring(PREFIX.length());
        boolean isRevision = digits.chars().allMatch(c -> c >= '0' && c <= '9')
                && digits.compareTo(String.valueOf(Long.MAX_VALUE)) <= 0;
        return isRevision ? Long.parseLong(digits) : -1;
    }

    static EventSegment create(Disk disk, Path directory, long first) {
        Path path = directory.resolve(name(first));
        try {
            EventSegment segment = new EventSegment(path, disk.open(path), first);
            segment.file.resize(0);
            segment.file.write(ByteBuffer.allocate(HEADER_BYTES).putLong(MAGIC).flip(), 0);
            segment.unsynced = true;
            return segment;
        } catch (IOException e) {
            throw failure("creating", path, e);
        }
    }

    /**
     * Opens an existing segment and keeps the last unbroken run of records in it that lies at or below {@code
     * lastRevision}; what follows that revision is cut off. A damaged record breaks the run: what lies before it is no
     * longer served.
     */
    static EventSegment recover(Disk disk, Path path, long lastRevision) {
        try {
            EventSegment segment = new EventSegment(path, disk.open(path), 0);
            segment.scan(lastRevision);
            return segment;
        } catch (IOException e) {
            throw failure("reading", path, e);
        }
    }

    private void scan(long lastRevision) throws IOException {
        long size = file.size();
        ByteBuffer content = ByteBuffer.allocate((int) Math.min(size, Integer.MAX_VALUE - 8));
        content.limit(file.read(content, 0)).position(0);
        if (content.limit() < HEADER_BYTES || content.getLong(0) != MAGIC) {
            return;
        }
        int position = HEADER_BYTES;
        int length = EventRecord.sizeAt(content, position);
        while (length > 0 && (count == 0 || lastRevision() < lastRevision)) {
            boolean intact = EventRecord.intact(content, position, length);
            long revision = EventRecord.revisionAt(content, position);
            if (intact && revision > lastRevision) {
                break;
            }
            if (!intact || (count > 0 && revision != first + count)) {
                count = 0;
                events = 0;
            }
            if (intact) {
                first = count == 0 ? revision : first;
                add(position, EventRecord.eventsAt(content, position));
                end = position + (long) length;
            }
            position += length;
            length = EventRecord.sizeAt(content, position);
        }
        if (count > 0 && lastRevision() == lastRevision && size > end) {
            file.resize(end);
            file.force();
        }
    }

    /** Returns the bytes that {@code changes} take. */
    static int sizeOf(List<RevisionEvents> changes) {
        int size = 0;
        for (RevisionEvents change : changes) {
            size = Math.addExact(size, EventRecord.size(change));
        }
        return size;
    }

    /**
     * Appends {@code changes}, which follow what is there; readers see them when this returns.
     *
     * @param records an empty heap buffer with room for them, free again afterwards
     */
    void append(List<RevisionEvents> changes, long nowMillis, ByteBuffer records) {
        int[] offsets = new int[changes.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = records.position();
            EventRecord.write(changes.get(i), records);
        }
        int size = records.flip().remaining();
        long position = sizeBytes();
        try {
            file.write(records, position);
        } catch (IOException e) {
            throw failure("writing", path, e);
        }
        startedMillis = startedMillis == UNKNOWN ? nowMillis : startedMillis;
        newestMillis = nowMillis;
        synchronized (lock) {
            for (int i = 0; i < offsets.length; i++) {
                add((int) position + offsets[i], changes.get(i).events().size());
            }
            end = position + size;
            unsynced = true;
        }
    }

    private void add(int position, int eventCount) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
        }
        starts[count++] = position;
        events += eventCount;
    }

    /**
     * Reads from {@code from}, a revision this segment holds, about {@link #PAGE_BYTES}. A damaged record ends the page;
     * where it is the first one, the page ends below {@code from}. The caller has {@link #acquire acquired} the segment.
     */
    HistoryPage read(long from, WatchRequest request) {
        int[] bounds = bounds(from);
        int base = bounds[0];
        ByteBuffer page = ByteBuffer.allocate(bounds[bounds.length - 1] - base);
        try {
            page.limit(file.read(page, base)).position(0);
        } catch (IOException e) {
            throw failure("reading", path, e);
        }
        List<Delivery> deliveries = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.length; i++) {
            int position = bounds[i] - base;
            int size = bounds[i + 1] - bounds[i];
            if (EventRecord.sizeAt(page, position) != size
                    || !EventRecord.intact(page, position, size)
                    || EventRecord.revisionAt(page, position) != from + i) {
                return new HistoryPage(deliveries, from + i - 1);
            }
            @Nullable Delivery delivery = EventRecord.read(page, position, request);
            if (delivery != null) {
                deliveries.add(delivery);
            }
        }
        return new HistoryPage(deliveries, from + bounds.length - 2);
    }

    /** Returns where each record of a page begins, and where the last one ends. */
    private int[] bounds(long from) {
        synchronized (lock) {
            int index = (int) (from - first);
            int until = index + 1;
            while (until < count && startOf(until + 1) - starts[index] <= PAGE_BYTES) {
                until++;
            }
            int[] bounds = Arrays.copyOfRange(starts, index, until + 1);
            bounds[until - index] = (int) startOf(until);
            return bounds;
        }
    }

    private long startOf(int index) {
        return index == count ? end : starts[index];
    }

    /** Gives the file a second name in {@code directory}, durable but for the name. */
    void link(Disk disk, Path directory) {
        Path target = directory.resolve(path.getFileName());
        try {
            disk.link(path, target);
            try (Disk.File linked = disk.open(target)) {
                linked.force();
            }
        } catch (IOException e) {
            throw failure("linking", path, e);
        }
    }

    /** Makes the records durable that are there when this is called. One call at a time, beside the one that appends. */
    void sync() {
        synchronized (lock) {
            unsynced = false;
        }
        try {
            file.force();
        } catch (IOException e) {
            throw failure("syncing", path, e);
        }
    }

    boolean unsynced() {
        synchronized (lock) {
            return unsynced;
        }
    }

    /** Takes records of unknown age, those found at the start, as written now. */
    void startClock(long nowMillis) {
        if (startedMillis == UNKNOWN) {
            startedMillis = nowMillis;
            newestMillis = nowMillis;
        }
    }

    /** Returns how long ago the first record was written; 0 if that is unknown. */
    long ageMillis(long nowMillis) {
        return startedMillis == UNKNOWN ? 0 : nowMillis - startedMillis;
    }

    /** Returns how long ago the last record was written; 0 if that is unknown. */
    long idleMillis(long nowMillis) {
        return newestMillis == UNKNOWN ? 0 : nowMillis - newestMillis;
    }

    long firstRevision() {
        synchronized (lock) {
            return first;
        }
    }

    long lastRevision() {
        synchronized (lock) {
            return first + count - 1;
        }
    }

    boolean isEmpty() {
        synchronized (lock) {
            return count == 0;
        }
    }

    long events() {
        synchronized (lock) {
            return events;
        }
    }

    long sizeBytes() {
        synchronized (lock) {
            return end;
        }
    }

    /** Keeps the file open until {@link #release}. To be called only while the owner has not released it. */
    void acquire() {
        synchronized (lock) {
            users++;
        }
    }

    /** Lets go of the file; the last one to do so closes it. */
    void release() {
        synchronized (lock) {
            users--;
            if (users > 0) {
                return;
            }
        }
        try {
            file.close();
        } catch (IOException e) {
            throw failure("closing", path, e);
        }
    }

    /** Takes the name away and lets go; readers under way finish undisturbed. */
    void delete(Disk disk) {
        try {
            disk.delete(path);
        } catch (IOException e) {
            throw failure("deleting", path, e);
        }
        release();
    }

    private static StorageFailure failure(String what, Path path, IOException cause) {
        return StorageFailure.of(what + " the watch history " + path, cause);
    }
}
