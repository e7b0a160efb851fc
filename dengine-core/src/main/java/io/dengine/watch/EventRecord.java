package io.dengine.watch;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.statemachine.RevisionEvents;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one revision in an event segment; all numbers big-endian. The same revision always gives the same bytes.
 *
 * <pre>
 * record:  int length of the body | int CRC32C of the body | body
 * body:    long revision | int number of events | events
 * event:   byte flags (1 delete, 2 a previous state follows) | int key length, key | state | [previous state]
 * state:   int value length, value | long createRevision | long modRevision | long version
 * </pre>
 */
final class EventRecord {

    private static final int FRAME_BYTES = Integer.BYTES + Integer.BYTES;
    private static final int LEAST_BODY_BYTES = Long.BYTES + Integer.BYTES;
    private static final int STATE_BYTES = Integer.BYTES + 3 * Long.BYTES;
    private static final int DELETE = 1;
    private static final int PREVIOUS = 2;

    private EventRecord() {}

    /** Returns the bytes of the whole record of {@code change}. */
    static int size(RevisionEvents change) {
        int size = FRAME_BYTES + LEAST_BODY_BYTES;
        for (WatchEvent event : change.events()) {
            size += Byte.BYTES + Integer.BYTES + event.key().length();
            size += STATE_BYTES + event.entry().value().length();
            if (event.previous() != null) {
                size += STATE_BYTES + event.previous().value().length();
            }
        }
        return size;
    }

    /** Appends the record of {@code change} to {@code target}, a heap buffer. */
    static void write(RevisionEvents change, ByteBuffer target) {
        int start = target.position();
        int body = start + FRAME_BYTES;
        target.position(body);
        target.putLong(change.revision()).putInt(change.events().size());
        for (WatchEvent event : change.events()) {
            KeyValue previous = event.previous();
            int flags = (event.type() == WatchEvent.Type.DELETE ? DELETE : 0) | (previous == null ? 0 : PREVIOUS);
            target.put((byte) flags);
            writeBytes(event.key(), target);
            writeState(event.entry(), target);
            if (previous != null) {
                writeState(previous, target);
            }
        }
        int length = target.position() - body;
        target.putInt(start, length);
        target.putInt(start + Integer.BYTES, crc(target, body, length));
    }

    /**
     * Returns the bytes of the whole record at {@code position}, going by its length field alone, or 0 where no record
     * can be: the field is out of range, or fewer bytes are left.
     */
    static int sizeAt(ByteBuffer buffer, int position) {
        int left = buffer.limit() - position;
        if (left < FRAME_BYTES + LEAST_BODY_BYTES) {
            return 0;
        }
        int length = buffer.getInt(position);
        return length >= LEAST_BODY_BYTES && length <= left - FRAME_BYTES ? FRAME_BYTES + length : 0;
    }

    /** Returns whether the record of {@code size} bytes at {@code position} is as it was written. */
    static boolean intact(ByteBuffer buffer, int position, int size) {
        int stored = buffer.getInt(position + Integer.BYTES);
        return stored == crc(buffer, position + FRAME_BYTES, size - FRAME_BYTES)
                && isWellFormed(buffer, position, position + size);
    }

    /** A checksum says that this was written, not that this class wrote it: no length is trusted before its turn. */
    private static boolean isWellFormed(ByteBuffer buffer, int position, int end) {
        int count = eventsAt(buffer, position);
        int at = position + FRAME_BYTES + LEAST_BODY_BYTES;
        for (int i = 0; i < count && at >= 0; i++) {
            int flags = at < end ? buffer.get(at) : -1;
            if ((flags & ~(DELETE | PREVIOUS)) != 0) {
                return false;
            }
            at = behindState(buffer, behindBytes(buffer, at + Byte.BYTES, end), end);
            if ((flags & PREVIOUS) != 0) {
                at = behindState(buffer, at, end);
            }
        }
        return at == end && count >= 0 && revisionAt(buffer, position) > 0;
    }

    /** Returns where the byte string at {@code at} ends, or -1 if that is not before {@code end}. */
    private static int behindBytes(ByteBuffer buffer, int at, int end) {
        if (at < 0 || end - at < Integer.BYTES) {
            return -1;
        }
        int length = buffer.getInt(at);
        return length >= 0 && length <= end - at - Integer.BYTES ? at + Integer.BYTES + length : -1;
    }

    private static int behindState(ByteBuffer buffer, int at, int end) {
        int value = behindBytes(buffer, at, end);
        return value >= 0 && end - value >= STATE_BYTES - Integer.BYTES ? value + STATE_BYTES - Integer.BYTES : -1;
    }

    static long revisionAt(ByteBuffer buffer, int position) {
        return buffer.getLong(position + FRAME_BYTES);
    }

    static int eventsAt(ByteBuffer buffer, int position) {
        return buffer.getInt(position + FRAME_BYTES + Long.BYTES);
    }

    /** Returns what {@code request} sees of the intact record at {@code position}, or null if that is nothing. */
    static @Nullable Delivery read(ByteBuffer buffer, int position, WatchRequest request) {
        ByteBuffer source = buffer.duplicate().position(position + FRAME_BYTES);
        long revision = source.getLong();
        int count = source.getInt();
        List<WatchEvent> seen = new ArrayList<>(Math.min(count, 16));
        for (int i = 0; i < count; i++) {
            int flags = source.get();
            ByteSequence key = readBytes(source);
            boolean matches = request.matches(key);
            KeyValue entry = readState(key, source, matches);
            KeyValue previous =
                    (flags & PREVIOUS) == 0 ? null : readState(key, source, matches && request.previousValue());
            if (entry != null) {
                WatchEvent.Type type = (flags & DELETE) == 0 ? WatchEvent.Type.PUT : WatchEvent.Type.DELETE;
                seen.add(new WatchEvent(type, entry, previous));
            }
        }
        return seen.isEmpty() ? null : new Delivery(revision, List.copyOf(seen));
    }

    private static void writeState(KeyValue state, ByteBuffer target) {
        writeBytes(state.value(), target);
        target.putLong(state.createRevision()).putLong(state.modRevision()).putLong(state.version());
    }

    /** Reads a state, or passes over it and returns null where it is not wanted. */
    private static @Nullable KeyValue readState(ByteSequence key, ByteBuffer source, boolean wanted) {
        if (!wanted) {
            int length = source.getInt();
            source.position(source.position() + length + 3 * Long.BYTES);
            return null;
        }
        ByteSequence value = readBytes(source);
        return new KeyValue(key, value, source.getLong(), source.getLong(), source.getLong());
    }

    private static void writeBytes(ByteSequence bytes, ByteBuffer target) {
        target.putInt(bytes.length());
        bytes.writeTo(target);
    }

    private static ByteSequence readBytes(ByteBuffer source) {
        byte[] bytes = new byte[source.getInt()];
        source.get(bytes);
        return ByteSequence.wrap(bytes);
    }

    private static int crc(ByteBuffer buffer, int position, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.array(), buffer.arrayOffset() + position, length);
        return (int) crc.getValue();
    }
}
