package io.dengine.storage.file;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment after a start and decides what a bad record in it is: the torn tail of a write that no sync had
 * covered, which is cut, or damage to what was durable, which is refused.
 *
 * <p>A disk that loses power keeps or loses each unsynced sector on its own. So valid records may well follow a torn one,
 * and "something valid follows" does not tell damage from a torn tail. The sync marks do ({@link LogSegment}):
 *
 * <ul>
 *   <li>A bad record <em>before</em> a valid mark was durable when the mark was written: it is damaged.
 *   <li>A segment is sealed, and that durable, before its successor is made: anything bad in it is damage.
 *   <li>A bad record behind the last mark of the newest segment can be a torn tail, and everything behind it was
 *       written after the same last sync: none of it was ever acknowledged, and it is cut.
 *   <li>A record that is whole but not the next one is never a torn tail: it is refused.
 * </ul>
 *
 * Stale records cannot lie behind the tail and be taken for new ones, because the log never writes over old records:
 * a suffix is cut off the file, and that durable, before anything is written in its place, and so is a torn tail here.
 * A crash in the middle of either leaves the file as it was or cut, and the next start does the same again.
 *
 * <p>One case stays undecidable, in any log (see Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage",
 * FAST 2018): the very last synced batch damaged before the mark behind it reached the disk looks just like a torn one.
 */
final class SegmentRecovery {

    private static final int WINDOW_BYTES = 256 * 1024;

    private final LogSegment segment;
    private final Disk.File file;
    private final long fileBytes;

    private ByteBuffer window;
    private long windowStart;

    /** Where and why the records end, if not with the file or with zeros. */
    private @Nullable String badness;

    private boolean mayBeTorn;

    private SegmentRecovery(LogSegment segment) {
        this.segment = segment;
        this.file = segment.file();
        this.fileBytes = segment.fileBytes();
        this.window =
                ByteBuffer.allocate((int) Math.min(WINDOW_BYTES, fileBytes)).limit(0);
    }

    /**
     * Returns the segment with everything in it durable.
     *
     * @param before the segment that this one must follow on, or null if it is the oldest
     * @param newest whether no segment follows, so that the tail may be torn
     */
    static LogSegment recover(
            Disk disk, Path path, long firstIndex, int limitBytes, @Nullable LogSegment before, boolean newest)
            throws IOException {
        LogSegment segment = LogSegment.openHeader(disk, path, firstIndex, limitBytes);
        try {
            requireFollowing(before, segment);
            SegmentRecovery recovery = new SegmentRecovery(segment);
            recovery.scan();
            if (newest) {
                recovery.settleTail();
            } else {
                recovery.requireWhole();
            }
            return segment;
        } catch (IOException | StorageFailure e) {
            segment.close();
            throw e;
        }
    }

    /** Before anything of the segment is settled: what is refused stays as it is. */
    private static void requireFollowing(@Nullable LogSegment before, LogSegment segment) {
        if (before != null && !before.last().equals(segment.previous())) {
            throw damaged(
                    segment.path(),
                    0,
                    "it follows " + segment.previous() + ", but " + before.path() + " ends with " + before.last());
        }
    }

    private void scan() throws IOException {
        long lastTerm = segment.previous().term();
        while (true) {
            int at = segment.end();
            if (segment.isMark(bytesAt(at, LogSegment.MARK_BYTES), at)) {
                segment.foundMark();
                continue;
            }
            ByteBuffer front = bytesAt(at, RecordFrame.OVERHEAD_BYTES);
            RecordFrame.Decoded examined = RecordFrame.examine(front);
            if (examined instanceof RecordFrame.Decoded.Incomplete incomplete) {
                examined = RecordFrame.examine(bytesAt(at, front.remaining() + incomplete.missingBytes()));
            }
            if (!(examined instanceof RecordFrame.Decoded.Sound record)) {
                badness = String.valueOf(examined);
                mayBeTorn = !(examined instanceof RecordFrame.Decoded.Unknown);
                return;
            }
            EntryId id = record.id();
            if (id.index() != segment.endIndexExclusive() || id.term() < lastTerm) {
                badness = "entry " + id + " where index " + segment.endIndexExclusive() + " of term " + lastTerm
                        + " or later belongs";
                mayBeTorn = false;
                return;
            }
            lastTerm = id.term();
            segment.foundRecord(lastTerm, record.bytes());
        }
    }

    private void requireWhole() throws IOException {
        if (segment.end() < fileBytes) {
            throw damaged(segment.path(), segment.end(), badness + ", and a later segment follows");
        }
        file.force();
    }

    private void settleTail() throws IOException {
        if (!mayBeTorn) {
            throw damaged(segment.path(), segment.end(), String.valueOf(badness));
        }
        long markAt = findMark(segment.end() + 1L);
        if (markAt >= 0) {
            throw damaged(
                    segment.path(),
                    segment.end(),
                    badness + ", but the sync mark at offset " + markAt + " shows that it was durable");
        }
        int unproven = segment.end() - segment.markedTo();
        // The last mark too: it was written behind the sync it speaks of, and only the next one would have covered it.
        int from = Math.max(LogSegment.HEADER_BYTES, segment.markedTo() - LogSegment.MARK_BYTES);
        rewrite(from, segment.end() - from);
        boolean torn = !restIsZero();
        // Even where nothing is left to be cut: if an earlier cut ended in a failed sync, the disk may still hold what
        // was cut, and a
        // mark among it, while the kernel shows the file as it should be.
        segment.endFile();
        if (torn || unproven > 0) {
            segment.mark();
        }
    }

    /**
     * Writes again what no sync is known to have covered. After a failed sync the kernel may hold pages as clean that
     * never reached the disk; only a new write makes a new sync carry them.
     */
    private void rewrite(int from, int length) throws IOException {
        for (int done = 0; done < length; ) {
            ByteBuffer chunk = ByteBuffer.allocate(Math.min(WINDOW_BYTES, length - done));
            int count = file.read(chunk, from + done);
            if (count < chunk.capacity()) {
                throw new IOException(segment.path() + " got shorter while it was read");
            }
            file.write(chunk.flip(), from + done);
            done += count;
        }
    }

    /** Returns where the first valid mark at or behind {@code from} lies, or -1. */
    private long findMark(long from) throws IOException {
        long at = from;
        while (at + LogSegment.MARK_BYTES <= fileBytes) {
            ByteBuffer bytes = bytesAt(at, LogSegment.MARK_BYTES);
            int base = bytes.position();
            int starts = bytes.remaining() - LogSegment.MARK_BYTES + 1;
            for (int i = 0; i < starts; i++) {
                if (bytes.getInt(base + i) == LogSegment.MARK_MAGIC
                        && segment.isMark(bytes.slice(base + i, LogSegment.MARK_BYTES), at + i)) {
                    return at + i;
                }
            }
            at += starts;
        }
        return -1;
    }

    private boolean restIsZero() throws IOException {
        for (long at = segment.end(); at < fileBytes; ) {
            ByteBuffer bytes = bytesAt(at, 1);
            at += bytes.remaining();
            while (bytes.hasRemaining()) {
                if (bytes.get() != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Returns the file's content from {@code offset} on: {@code length} bytes or more, fewer only at the file's end. */
    private ByteBuffer bytesAt(long offset, int length) throws IOException {
        boolean inside = offset >= windowStart
                && Math.min(offset + length, fileBytes) <= windowStart + window.limit()
                && offset <= windowStart + window.limit();
        if (!inside) {
            // A torn or damaged length field asks for no more than the file has.
            int needed = (int) Math.min(length, fileBytes - offset);
            if (window.capacity() < needed) {
                window = ByteBuffer.allocate(needed);
            }
            window.clear();
            file.read(window, offset);
            window.flip();
            windowStart = offset;
        }
        return window.duplicate().position((int) (offset - windowStart));
    }

    static StorageFailure damaged(Path path, long offset, String reason) {
        return new StorageFailure(
                Kind.CORRUPT,
                path + " is damaged at offset " + offset + ": " + reason
                        + ". Nothing was changed. Replace the disk if it is failing, empty this node's data directory"
                        + " and let the node join again under a new storage id, while a majority of the others is up.",
                null);
    }
}
