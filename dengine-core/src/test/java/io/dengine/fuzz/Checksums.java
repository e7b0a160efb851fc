package io.dengine.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Sets the checksums of damaged bytes right, so that what lies behind a checksum is fuzzed too. Each method follows a
 * format as far as the bytes allow, and returns a copy.
 */
public final class Checksums {

    private static final int LOG_HEADER_BYTES = 64;
    private static final int LOG_CHECKSUM_AT = 12;
    private static final int LOG_MARK_MAGIC = 0xD5E7_3A2C;
    private static final int LOG_MARK_BYTES = 24;
    private static final int LEAST_RECORD_BYTES = 25;
    private static final int HARD_STATE_COPY_BYTES = 32;
    private static final int HARD_STATE_COPY_DISTANCE = 4096;
    private static final int EVENT_HEADER_BYTES = 8;
    private static final int LEAST_EVENTS_BYTES = 12;
    private static final int TABLE_HEADER_BYTES = 8;
    private static final int LEAST_BLOCK_BYTES = 5;
    private static final String TEXT_CHECKSUM = "crc32c=";

    private Checksums() {}

    /** Log records from {@code from} on, as in a frame between peers. */
    public static byte[] ofRecords(byte[] damaged, int from) {
        ByteBuffer bytes = ByteBuffer.wrap(damaged.clone());
        sealFramed(bytes, from, LEAST_RECORD_BYTES);
        return bytes.array();
    }

    public static byte[] ofLogSegment(byte[] damaged) {
        ByteBuffer bytes = ByteBuffer.wrap(damaged.clone());
        if (bytes.limit() >= LOG_HEADER_BYTES) {
            CRC32C crc = new CRC32C();
            crc.update(bytes.slice(0, LOG_CHECKSUM_AT));
            crc.update(bytes.slice(LOG_CHECKSUM_AT + 4, LOG_HEADER_BYTES - LOG_CHECKSUM_AT - 4));
            bytes.putInt(LOG_CHECKSUM_AT, (int) crc.getValue());
        }
        int at = LOG_HEADER_BYTES;
        while (at + LOG_MARK_BYTES <= bytes.limit()) {
            if (bytes.getInt(at) == LOG_MARK_MAGIC) {
                seal(bytes, at + 4, at + 8, at + LOG_MARK_BYTES);
                at += LOG_MARK_BYTES;
            } else {
                int length = sealOne(bytes, at, LEAST_RECORD_BYTES);
                if (length == 0) {
                    break;
                }
                at += length;
            }
        }
        return bytes.array();
    }

    public static byte[] ofHardState(byte[] damaged) {
        ByteBuffer bytes = ByteBuffer.wrap(damaged.clone());
        for (int at : new int[] {0, HARD_STATE_COPY_DISTANCE}) {
            seal(bytes, at + 4, at + 8, at + HARD_STATE_COPY_BYTES);
        }
        return bytes.array();
    }

    public static byte[] ofEventSegment(byte[] damaged) {
        ByteBuffer bytes = ByteBuffer.wrap(damaged.clone());
        sealFramed(bytes, EVENT_HEADER_BYTES, LEAST_EVENTS_BYTES);
        return bytes.array();
    }

    /** Bytes of which the last four are the checksum of the others, from {@code from} on. */
    public static byte[] ofManifest(byte[] damaged, int from) {
        ByteBuffer bytes = ByteBuffer.wrap(damaged.clone());
        int checksumAt = bytes.limit() - 4;
        if (checksumAt >= from) {
            bytes.putInt(checksumAt, (int) crc(bytes.slice(from, checksumAt - from)));
        }
        return bytes.array();
    }

    /** The blocks of a table file, of which the first checks the header too. */
    public static byte[] ofTable(byte[] damaged) {
        ByteBuffer bytes = ByteBuffer.wrap(damaged.clone());
        sealFramed(bytes, TABLE_HEADER_BYTES, LEAST_BLOCK_BYTES);
        int length = sealOne(bytes, TABLE_HEADER_BYTES, LEAST_BLOCK_BYTES);
        if (length > 0) {
            CRC32C crc = new CRC32C();
            crc.update(bytes.slice(0, TABLE_HEADER_BYTES));
            crc.update(bytes.slice(TABLE_HEADER_BYTES + 8, length - 8));
            bytes.putInt(TABLE_HEADER_BYTES + 4, (int) crc.getValue());
        }
        return bytes.array();
    }

    /** A text file whose last line is the checksum of the others. */
    public static byte[] ofText(byte[] damaged) {
        String text = new String(damaged, StandardCharsets.UTF_8);
        int checksumAt = text.lastIndexOf(TEXT_CHECKSUM);
        byte[] lines = (checksumAt < 0 ? text : text.substring(0, checksumAt)).getBytes(StandardCharsets.UTF_8);
        byte[] last = (TEXT_CHECKSUM + String.format("%08x", crc(ByteBuffer.wrap(lines))) + "\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] whole = Arrays.copyOf(lines, lines.length + last.length);
        System.arraycopy(last, 0, whole, lines.length, last.length);
        return whole;
    }

    private static void sealFramed(ByteBuffer bytes, int from, int leastBytes) {
        int at = from;
        int length;
        do {
            length = sealOne(bytes, at, leastBytes);
            at += length;
        } while (length > 0);
    }

    /** A length, a checksum, and as many bytes as the length says. Returns what it takes in all, or 0 if it cannot be. */
    private static int sealOne(ByteBuffer bytes, int at, int leastBytes) {
        if (at + 8 > bytes.limit()) {
            return 0;
        }
        int length = bytes.getInt(at);
        if (length < leastBytes || length > bytes.limit() - at - 8) {
            return 0;
        }
        seal(bytes, at + 4, at + 8, at + 8 + length);
        return 8 + length;
    }

    private static void seal(ByteBuffer bytes, int checksumAt, int from, int to) {
        if (to <= bytes.limit()) {
            bytes.putInt(checksumAt, (int) crc(bytes.slice(from, to - from)));
        }
    }

    private static long crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }
}
