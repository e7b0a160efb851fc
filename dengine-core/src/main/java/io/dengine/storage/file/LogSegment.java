package io.dengine.storage.file;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One file of the log, and where its records lie. One thread writes; another may read entries it knows to be written.
 *
 * <pre>
 * name    first index, 20 digits, ".log"
 * header  magic u64 | version u32 | CRC32C of the header without it u32 | first index u64
 *         | term of the entry before u64 | its cluster time u64 | zeros up to 64
 * body    records ({@link RecordFrame}) and sync marks, without gap; then zeros to the end of the file
 * mark    magic u32, which is no record's length | CRC32C of what follows u32 | first index u64 | the mark's own offset u64
 * </pre>
 *
 * <b>A sync mark says: everything before me was on disk before I was written.</b> It is what tells a torn tail from
 * damage, see {@link SegmentRecovery}. It names its own place, so that a mark inside a record's payload, where someone
 * stores a log file as a value, is none.
 *
 * <p>Whatever the version, the first 64 bytes are checked as these are: a number of a format that has rotten must not pass for a
 * newer one.
 */
final class LogSegment {

    static final int HEADER_BYTES = 64;
    static final int MARK_BYTES = 24;
    static final int MARK_MAGIC = 0xD5E7_3A2C;

    /** The file grows by this much, so that few syncs have to carry a new size. */
    private static final int GROWTH_BYTES = 4 * 1024 * 1024;

    private static final long HEADER_MAGIC = 0x6445_4E47_494E_4531L; // "dENGINE1"
    private static final int VERSION = 1;
    private static final int HEADER_CHECKSUM_AT = 12;

    private static final int INITIAL_FRAMES = 64;
    private static final int READ_BYTES = 256 * 1024;

    private final Path path;
    private final Disk.File file;
    private final EntryId previous;
    private final long previousClusterTimeMillis;
    private final int limitBytes;

    /** One element for each entry: offset in the upper half, record length in the lower. Replaced to grow. */
    private volatile long[] frames = new long[INITIAL_FRAMES];

    private volatile int count;
    private volatile TermRuns terms = TermRuns.NONE;
    private volatile long fileBytes;

    /** Where the next record goes, buffered ones included. */
    private int end = HEADER_BYTES;

    /** Up to where the file has been written. */
    private int written = HEADER_BYTES;

    /** The place behind the last sync mark, or behind the header, which is durable before the file has its name. */
    private int markedTo = HEADER_BYTES;

    LogSegment(
            Path path,
            Disk.File file,
            EntryId previous,
            long previousClusterTimeMillis,
            int limitBytes,
            long fileBytes) {
        this.path = path;
        this.file = file;
        this.previous = previous;
        this.previousClusterTimeMillis = previousClusterTimeMillis;
        this.limitBytes = limitBytes;
        this.fileBytes = fileBytes;
    }

    static String nameOf(long firstIndex) {
        return String.format("%020d.log", firstIndex);
    }

    /** Makes the segment that follows {@code previous}; it has its name only once its header is durable. */
    static LogSegment create(
            Disk disk, Path directory, EntryId previous, long previousClusterTimeMillis, int limitBytes)
            throws IOException {
        Path path = directory.resolve(nameOf(previous.index() + 1));
        Path draft = directory.resolve(nameOf(previous.index() + 1) + DraftFiles.SUFFIX);
        try (Disk.File file = disk.open(draft)) {
            file.resize(0);
            file.write(header(previous, previousClusterTimeMillis), 0);
            file.force();
        }
        DraftFiles.publish(disk, draft, path);
        return new LogSegment(path, disk.open(path), previous, previousClusterTimeMillis, limitBytes, HEADER_BYTES);
    }

    private static ByteBuffer header(EntryId previous, long previousClusterTimeMillis) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(HEADER_MAGIC)
                .putInt(VERSION)
                .putInt(0)
                .putLong(previous.index() + 1)
                .putLong(previous.term())
                .putLong(previousClusterTimeMillis);
        return header.putInt(HEADER_CHECKSUM_AT, headerChecksum(header)).rewind();
    }

    /** Opens the file at {@code path}, with its header checked and no record known yet. */
    static LogSegment openHeader(Disk disk, Path path, long firstIndex, int limitBytes) throws IOException {
        Disk.File file = disk.open(path);
        try {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            int length = file.read(header, 0);
            boolean whole = length == HEADER_BYTES
                    && header.getLong(0) == HEADER_MAGIC
                    && header.getInt(HEADER_CHECKSUM_AT) == headerChecksum(header);
            if (whole && header.getInt(8) != VERSION) {
                throw new StorageFailure(
                        Kind.OTHER_FORMAT,
                        path + " has format " + header.getInt(8) + ", this version of dengine knows " + VERSION
                                + ". Start the newer version again.",
                        null);
            }
            if (!whole
                    || header.getLong(16) != firstIndex
                    || header.getLong(24) < 0
                    || (header.getLong(24) == 0) != (firstIndex == 1)
                    || header.getLong(32) < 0) {
                throw SegmentRecovery.damaged(path, 0, "its header is not what was written");
            }
            EntryId previous = new EntryId(header.getLong(24), firstIndex - 1);
            return new LogSegment(path, file, previous, header.getLong(32), limitBytes, file.size());
        } catch (IOException | StorageFailure e) {
            file.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    Disk.File file() {
        return file;
    }

    EntryId previous() {
        return previous;
    }

    long previousClusterTimeMillis() {
        return previousClusterTimeMillis;
    }

    long firstIndex() {
        return previous.index() + 1;
    }

    long endIndexExclusive() {
        return firstIndex() + count;
    }

    /** Returns the id of the last entry, or of the one before the segment if it is empty. */
    EntryId last() {
        long index = endIndexExclusive() - 1;
        return new EntryId(termAt(index), index);
    }

    long termAt(long index) {
        return index == previous.index() ? previous.term() : terms.termAt(index);
    }

    /** Returns the cluster time of an entry here, or of the one before the segment. */
    long clusterTimeAt(long index) throws IOException {
        if (index == previous.index()) {
            return previousClusterTimeMillis;
        }
        List<Entry> found = new ArrayList<>(1);
        read(index, index + 1, 0, found);
        return found.get(0).clusterTimeMillis();
    }

    long fileBytes() {
        return fileBytes;
    }

    int end() {
        return end;
    }

    int markedTo() {
        return markedTo;
    }

    /** Returns whether a record still belongs here. A segment takes at least one, whatever its length. */
    boolean takes(int recordBytes) {
        return count == 0 || end + recordBytes + MARK_BYTES <= limitBytes;
    }

    /** Notes a record behind the last one; {@link #write} brings its bytes. */
    void added(long term, int recordBytes) {
        int position = count;
        long[] known = frames;
        if (position == known.length) {
            known = Arrays.copyOf(known, position * 2);
        }
        known[position] = ((long) end << Integer.SIZE) | recordBytes;
        frames = known;
        terms = terms.with(firstIndex() + position, term);
        end += recordBytes;
        count = position + 1;
    }

    /** Writes the bytes of all records added since the last call. */
    void write(ByteBuffer records) throws IOException {
        grow(end);
        file.write(records, written);
        written = end;
    }

    /** Makes everything written durable, and leaves a mark behind it. */
    void sync() throws IOException {
        if (markedTo < end) {
            file.force();
            mark();
        }
    }

    /** Makes the mark durable too, so that after a clean stop any damage at all is known as damage. */
    void syncWithMark() throws IOException {
        sync();
        file.force();
    }

    /**
     * Drops the entries from {@code index} on, durably: nothing may be written over old records while a crash could
     * still bring some of them back among the new ones. Marks behind what is kept stay, and where there is none a new one stands for
     * the later one that is cut off: without it damage to an entry before it would pass for a torn tail.
     */
    void cut(long index) throws IOException {
        int kept = (int) (index - firstIndex());
        int keptTo = kept == 0 ? HEADER_BYTES : offset(kept - 1) + length(kept - 1);
        end = offset(kept);
        endFile();
        written = end;
        count = kept;
        terms = terms.before(index);
        if (end > keptTo) {
            end -= MARK_BYTES; // written again: nothing behind it tells any more whether it has rotted
        }
        mark();
        file.force();
    }

    /** Ends the file behind the last record or mark, durably. */
    void endFile() throws IOException {
        file.resize(end);
        fileBytes = end;
        file.force();
    }

    /** Notes what recovery found at {@code offset}: a valid mark. */
    void foundMark() {
        end += MARK_BYTES;
        written = end;
        markedTo = end;
    }

    /** Notes what recovery found: a valid record behind the last one. */
    void foundRecord(long term, int recordBytes) {
        added(term, recordBytes);
        written = end;
    }

    /** Writes a mark. Only right while everything before {@link #end} is durable. */
    void mark() throws IOException {
        ByteBuffer mark = ByteBuffer.allocate(MARK_BYTES);
        mark.putInt(MARK_MAGIC).putInt(0).putLong(firstIndex()).putLong(end);
        mark.putInt(4, checksum(mark, 8, MARK_BYTES)).rewind();
        grow(end + MARK_BYTES);
        file.write(mark, end);
        end += MARK_BYTES;
        written = end;
        markedTo = end;
    }

    /** Returns whether {@code candidate}, of {@link #MARK_BYTES}, is this segment's mark at {@code offset}. */
    boolean isMark(ByteBuffer candidate, long offset) {
        ByteBuffer mark = candidate.slice();
        return mark.remaining() >= MARK_BYTES
                && mark.getInt(0) == MARK_MAGIC
                && mark.getLong(8) == firstIndex()
                && mark.getLong(16) == offset
                && mark.getInt(4) == checksum(mark, 8, MARK_BYTES);
    }

    private void grow(int needed) throws IOException {
        if (needed > fileBytes) {
            long grown = Math.max(needed, Math.min(limitBytes, (long) needed + GROWTH_BYTES));
            file.resize(grown);
            fileBytes = grown;
        }
    }

    /**
     * Adds entries from {@code fromIndex} on to {@code target} while the payloads stay within {@code maxBytes}; the
     * first one in any case if {@code target} is empty. Returns the payload bytes added, or -1 if the limit ended it.
     */
    long read(long fromIndex, long toIndexExclusive, long maxBytes, List<Entry> target) throws IOException {
        long[] known = frames;
        int from = (int) (fromIndex - firstIndex());
        int to = (int) (Math.min(toIndexExclusive, endIndexExclusive()) - firstIndex());
        long total = 0;
        int next = from;
        while (next < to) {
            int start = next;
            int startOffset = offset(known[start]);
            boolean full = false;
            while (next < to && !full) {
                int payload = length(known[next]) - RecordFrame.OVERHEAD_BYTES;
                boolean first = target.isEmpty() && next == from;
                full = !first && total + payload > maxBytes;
                if (full || (next > start && endOf(known[next]) - startOffset > READ_BYTES)) {
                    break;
                }
                total += payload;
                next++;
            }
            if (next > start) {
                decode(known, start, next, target);
            }
            if (full) {
                return -1;
            }
        }
        return total;
    }

    private void decode(long[] known, int start, int next, List<Entry> target) throws IOException {
        int startOffset = offset(known[start]);
        ByteBuffer bytes = ByteBuffer.allocate(endOf(known[next - 1]) - startOffset);
        file.read(bytes, startOffset);
        bytes.flip();
        for (int i = start; i < next; i++) {
            int at = offset(known[i]) - startOffset;
            bytes.position(Math.min(at, bytes.limit()));
            RecordFrame.Decoded decoded = RecordFrame.decode(bytes);
            if (!(decoded instanceof RecordFrame.Decoded.Whole whole)
                    || whole.entry().index() != firstIndex() + i
                    || whole.entry().term() != terms.termAt(firstIndex() + i)) {
                throw SegmentRecovery.damaged(
                        path, offset(known[i]), "entry " + (firstIndex() + i) + " reads back as " + decoded);
            }
            target.add(whole.entry());
        }
    }

    private int offset(int position) {
        return offset(frames[position]);
    }

    private int length(int position) {
        return length(frames[position]);
    }

    private static int offset(long frame) {
        return (int) (frame >>> Integer.SIZE);
    }

    private static int length(long frame) {
        return (int) frame;
    }

    private static int endOf(long frame) {
        return offset(frame) + length(frame);
    }

    private static int headerChecksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(0, HEADER_CHECKSUM_AT));
        int from = HEADER_CHECKSUM_AT + Integer.BYTES;
        crc.update(header.slice(from, HEADER_BYTES - from));
        return (int) crc.getValue();
    }

    private static int checksum(ByteBuffer buffer, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(from, to - from));
        return (int) crc.getValue();
    }

    void close() throws IOException {
        file.close();
    }
}
