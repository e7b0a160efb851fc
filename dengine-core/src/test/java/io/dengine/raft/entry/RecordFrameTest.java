package io.dengine.raft.entry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.entry.RecordFrame.Decoded;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class RecordFrameTest {

    private static final SplittableRandom RANDOM = new SplittableRandom(7);

    private static Entry anyEntry(int maxPayload) {
        boolean empty = RANDOM.nextInt(5) == 0;
        byte[] payload = new byte[empty ? 0 : RANDOM.nextInt(maxPayload + 1)];
        RANDOM.nextBytes(payload);
        return new Entry(
                RANDOM.nextLong(1, Long.MAX_VALUE),
                RANDOM.nextLong(1, Long.MAX_VALUE),
                RANDOM.nextLong(0, Long.MAX_VALUE),
                empty ? EntryKind.EMPTY : EntryKind.COMMAND,
                payload);
    }

    private static ByteBuffer encoded(Entry entry) {
        ByteBuffer buffer = ByteBuffer.allocate(RecordFrame.encodedLength(entry));
        RecordFrame.encode(entry, buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        return buffer.flip();
    }

    @Test
    void layoutIsWhatTheDocumentationDraws() {
        ByteBuffer record = encoded(new Entry(2, 3, 4, EntryKind.COMMAND, new byte[] {9, 8}));
        assertThat(record.getInt(0)).isEqualTo(27);
        assertThat(record.get(8)).isEqualTo((byte) 1);
        assertThat(record.getLong(9)).isEqualTo(2);
        assertThat(record.getLong(17)).isEqualTo(3);
        assertThat(record.getLong(25)).isEqualTo(4);
        assertThat(record.get(33)).isEqualTo((byte) 9);
        assertThat(record.limit()).isEqualTo(35);
        // Computed apart from this code: the format must never change by accident.
        assertThat(Integer.toHexString(record.getInt(4))).isEqualTo("e9cf6a40");
    }

    @Test
    void everyEntryReadsBackAsItself() {
        for (int i = 0; i < 500; i++) {
            Entry entry = anyEntry(2000);
            ByteBuffer record = encoded(entry);
            assertThat(RecordFrame.examine(record)).isEqualTo(new Decoded.Sound(entry.id(), record.limit()));
            assertThat(RecordFrame.decode(record)).isEqualTo(new Decoded.Whole(entry));
            assertThat(record.hasRemaining()).isFalse();
        }
    }

    @Test
    void recordsAreReadOneAfterTheOtherFromAnyPosition() {
        Entry first = anyEntry(50);
        Entry second = anyEntry(50);
        ByteBuffer buffer = ByteBuffer.allocateDirect(500).position(13);
        RecordFrame.encode(first, buffer);
        RecordFrame.encode(second, buffer);
        buffer.flip().position(13);
        assertThat(RecordFrame.decode(buffer)).isEqualTo(new Decoded.Whole(first));
        assertThat(RecordFrame.decode(buffer)).isEqualTo(new Decoded.Whole(second));
        assertThat(RecordFrame.decode(buffer)).isEqualTo(new Decoded.Incomplete(4));
    }

    @Test
    void everyFrontOfARecordIsIncomplete() {
        ByteBuffer record = encoded(anyEntry(300));
        for (int length = 0; length < record.limit(); length++) {
            ByteBuffer front = record.slice(0, length);
            assertThat(RecordFrame.decode(front)).isInstanceOf(Decoded.Incomplete.class);
            assertThat(front.position()).isZero();
            if (length >= 4) {
                assertThat(RecordFrame.decode(front)).isEqualTo(new Decoded.Incomplete(record.limit() - length));
            }
        }
    }

    @Test
    void everyFlippedBitIsNoticed() {
        ByteBuffer record = encoded(anyEntry(100));
        for (int bit = 0; bit < record.limit() * 8; bit++) {
            byte[] bytes = new byte[record.limit()];
            record.get(0, bytes);
            bytes[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(RecordFrame.decode(ByteBuffer.wrap(bytes)))
                    .isNotInstanceOf(Decoded.Whole.class)
                    .isNotInstanceOf(Decoded.Unknown.class);
        }
    }

    @Test
    void anyBytesGiveATypedOutcome() {
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[RANDOM.nextInt(100)];
            RANDOM.nextBytes(bytes);
            if (bytes.length > 4 && RANDOM.nextBoolean()) {
                ByteBuffer.wrap(bytes).putInt(0, RANDOM.nextInt(100));
            }
            assertThat(RecordFrame.decode(ByteBuffer.wrap(bytes))).isNotInstanceOf(Decoded.Whole.class);
        }
    }

    @Test
    void zerosAreNoRecord() {
        assertThat(RecordFrame.decode(ByteBuffer.allocate(64))).isInstanceOf(Decoded.Corrupt.class);
    }

    @Test
    void wholeRecordOfUnknownKindIsNotCalledCorrupt() {
        ByteBuffer record = encoded(new Entry(1, 1, 1, EntryKind.COMMAND, new byte[3]));
        record.put(8, (byte) 77);
        CRC32C crc = new CRC32C();
        crc.update(record.slice(8, record.limit() - 8));
        record.putInt(4, (int) crc.getValue());
        assertThat(RecordFrame.decode(record)).isInstanceOf(Decoded.Unknown.class);
    }

    @Test
    void payloadLimitHoldsOnBothSides() {
        Entry largest = new Entry(1, 1, 0, EntryKind.COMMAND, new byte[RecordFrame.MAX_PAYLOAD_BYTES]);
        assertThat(RecordFrame.decode(encoded(largest))).isEqualTo(new Decoded.Whole(largest));
        Entry larger = new Entry(1, 1, 0, EntryKind.COMMAND, new byte[RecordFrame.MAX_PAYLOAD_BYTES + 1]);
        assertThatThrownBy(() -> encoded(larger)).isInstanceOf(IllegalArgumentException.class);
        ByteBuffer tooLong = ByteBuffer.allocate(100).putInt(0, RecordFrame.MAX_BYTES - 8 + 1);
        assertThat(RecordFrame.decode(tooLong)).isInstanceOf(Decoded.Corrupt.class);
    }
}
