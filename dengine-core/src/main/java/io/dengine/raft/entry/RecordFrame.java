package io.dengine.raft.entry;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of an {@link Entry}, the same on disk and between peers. Stateless.
 *
 * <pre>
 * offset  bytes
 *      0      4  length of what follows the checksum: 25 + payload, at most 25 + {@link #MAX_PAYLOAD_BYTES}
 *      4      4  CRC32C of what follows
 *      8      1  kind, see {@link EntryKind#code()}
 *      9      8  term
 *     17      8  index
 *     25      8  cluster time, milliseconds
 *     33      n  payload
 * </pre>
 *
 * All numbers are big-endian, so buffers must be in that order, as they are unless someone changed it. A length of zero
 * is never valid: zeros are what unwritten space holds.
 */
public final class RecordFrame {

    /** The largest payload: a value of 1.5 MiB and a key of 32 KiB with room to spare. */
    public static final int MAX_PAYLOAD_BYTES = 4 * 1024 * 1024;

    private static final int PREFIX_BYTES = 2 * Integer.BYTES;
    private static final int FIXED_BYTES = 1 + 3 * Long.BYTES;

    // Of the fields, behind the checksum.
    private static final int TERM = 1;
    private static final int INDEX = TERM + Long.BYTES;
    private static final int CLUSTER_TIME = INDEX + Long.BYTES;

    /** What a record takes beyond its payload. */
    public static final int OVERHEAD_BYTES = PREFIX_BYTES + FIXED_BYTES;

    /** The largest record. */
    public static final int MAX_BYTES = OVERHEAD_BYTES + MAX_PAYLOAD_BYTES;

    private RecordFrame() {}

    /** What the bytes at the front of a buffer are. */
    public sealed interface Decoded {

        /** A record; the buffer's position has moved behind it. */
        record Whole(Entry entry) implements Decoded {}

        /**
         * A record, looked at and left where it is; the position has not moved.
         *
         * @param bytes its length
         */
        record Sound(EntryId id, int bytes) implements Decoded {}

        /**
         * The front of what may be a record; the position has not moved.
         *
         * @param missingBytes how many more bytes are needed to say more, above 0
         */
        record Incomplete(int missingBytes) implements Decoded {}

        /** Not what was written; the position has not moved. */
        record Corrupt(String reason) implements Decoded {}

        /** What was written, since the checksum holds, but not for this version; the position has not moved. */
        record Unknown(String reason) implements Decoded {}
    }

    /** Returns the length of the record of {@code entry}. */
    public static int encodedLength(Entry entry) {
        return OVERHEAD_BYTES + entry.payload().length;
    }

    /**
     * Puts the record of {@code entry} into {@code target}, which has room for {@link #encodedLength}.
     *
     * @throws IllegalArgumentException if the payload is larger than {@link #MAX_PAYLOAD_BYTES}
     */
    public static void encode(Entry entry, ByteBuffer target) {
        byte[] payload = entry.payload();
        if (payload.length > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "the payload of " + entry + " is over the limit of " + MAX_PAYLOAD_BYTES + " bytes");
        }
        int start = target.position();
        int length = FIXED_BYTES + payload.length;
        target.putInt(length)
                .putInt(0)
                .put((byte) entry.kind().code())
                .putLong(entry.term())
                .putLong(entry.index())
                .putLong(entry.clusterTimeMillis())
                .put(payload);
        target.putInt(start + Integer.BYTES, checksum(target, start + PREFIX_BYTES, length));
    }

    /** Reads one record from the front of {@code source}: {@link Decoded.Sound} never. Never throws, whatever the bytes are. */
    public static Decoded decode(ByteBuffer source) {
        Decoded examined = examine(source);
        if (!(examined instanceof Decoded.Sound sound)) {
            return examined;
        }
        int body = source.position() + PREFIX_BYTES;
        EntryKind kind = EntryKind.ofCode(Byte.toUnsignedInt(source.get(body)));
        long clusterTimeMillis = source.getLong(body + CLUSTER_TIME);
        byte[] payload = new byte[sound.bytes() - OVERHEAD_BYTES];
        source.get(body + FIXED_BYTES, payload);
        source.position(source.position() + sound.bytes());
        return new Decoded.Whole(new Entry(sound.id().term(), sound.id().index(), clusterTimeMillis, kind, payload));
    }

    /**
     * Looks at the record at the front of {@code source} and copies nothing: {@link Decoded.Sound} where {@link #decode} finds
     * {@link Decoded.Whole}, else the same. Never throws.
     */
    public static Decoded examine(ByteBuffer source) {
        int start = source.position();
        int available = source.remaining();
        if (available < Integer.BYTES) {
            return new Decoded.Incomplete(Integer.BYTES - available);
        }
        int length = source.getInt(start);
        if (length < FIXED_BYTES || length > FIXED_BYTES + MAX_PAYLOAD_BYTES) {
            return new Decoded.Corrupt("no record has a length of " + Integer.toUnsignedString(length));
        }
        if (available < PREFIX_BYTES + length) {
            return new Decoded.Incomplete(PREFIX_BYTES + length - available);
        }
        if (source.getInt(start + Integer.BYTES) != checksum(source, start + PREFIX_BYTES, length)) {
            return new Decoded.Corrupt("the checksum does not match");
        }
        return examineBody(source, start + PREFIX_BYTES, length);
    }

    private static Decoded examineBody(ByteBuffer source, int body, int length) {
        int kindCode = Byte.toUnsignedInt(source.get(body));
        long term = source.getLong(body + TERM);
        long index = source.getLong(body + INDEX);
        long clusterTimeMillis = source.getLong(body + CLUSTER_TIME);
        int payloadBytes = length - FIXED_BYTES;
        try {
            EntryKind kind = EntryKind.ofCode(kindCode);
            if (kind == EntryKind.EMPTY && payloadBytes > 0) {
                return new Decoded.Unknown("an empty entry with a payload of " + payloadBytes + " bytes");
            }
            Entry.requireWellFormed(term, index, clusterTimeMillis);
            return new Decoded.Sound(new EntryId(term, index), PREFIX_BYTES + length);
        } catch (IllegalArgumentException illFormed) {
            return new Decoded.Unknown(String.valueOf(illFormed.getMessage()));
        }
    }

    private static int checksum(ByteBuffer buffer, int from, int length) {
        int position = buffer.position();
        int limit = buffer.limit();
        CRC32C crc = new CRC32C();
        crc.update(buffer.limit(from + length).position(from));
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
