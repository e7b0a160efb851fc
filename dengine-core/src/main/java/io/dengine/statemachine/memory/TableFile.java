package io.dengine.statemachine.memory;

import io.dengine.api.ByteSequence;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A whole table in one file of checked blocks. All numbers are big-endian.
 *
 * <pre>
 * file:   "DETABLE" and the version of the format | a block of state | blocks of rows | a block that ends it
 * block:  int length of the body | int CRC32C of the body, behind the file's first 8 bytes for the first block | body
 * body:   int number of the block, from 0 | byte 1 state, 2 rows, 3 end | content
 * state:  long index | long term | long revision | long clusterTimeMillis | long stateHash | membership
 * rows:   int key length | int value length | long createRevision | long modRevision | long version
 *           | long deadlineMillis | key | value, for each row; keys ascend through the file
 * end:    long number of rows
 * </pre>
 *
 * Whatever the version, the first block is framed as here and checks the version too: one that has rotten must not pass for a
 * newer one.
 */
final class TableFile {

    private static final int VERSION = 1;

    /** "DETABLE" and room for the version. */
    private static final long MAGIC = 0x44_45_54_41_42_4C_45_00L;

    private static final int HEADER_BYTES = Long.BYTES;
    private static final int FRAME_BYTES = 2 * Integer.BYTES;
    private static final int PREFIX_BYTES = Integer.BYTES + Byte.BYTES;
    private static final int ROW_BYTES = 2 * Integer.BYTES + 4 * Long.BYTES;

    /** What a block holds, unless one row takes more. */
    private static final int BLOCK_BYTES = 64 << 10;

    /** A row came in one log entry, which bounds its key and value. */
    private static final int MOST_BODY_BYTES = BLOCK_BYTES + ROW_BYTES + RecordFrame.MAX_PAYLOAD_BYTES;

    private static final byte STATE = 1;
    private static final byte ROWS = 2;
    private static final byte END = 3;

    private TableFile() {}

    /** Writes {@code moment} to {@code path}, and makes the content durable; the name is the caller's to sync. */
    static void write(Disk disk, Path path, MemoryTableStore.Moment moment) throws IOException {
        try (Disk.File file = disk.open(path)) {
            file.resize(0);
            new Writer(path, file).write(moment);
            file.force();
        }
    }

    /**
     * Reads a whole table.
     *
     * @throws StorageFailure CORRUPT if the file is not as it was written, OTHER_FORMAT
     */
    static MemoryTableStore.Moment read(Disk disk, Path path) throws IOException {
        try (Disk.File file = disk.open(path)) {
            return new Reader(path, file).read();
        }
    }

    /** Returns the checksum of block {@code number} of a file that begins with {@code header}. */
    private static int checksum(long header, int number, ByteBuffer block, int bodyBytes) {
        CRC32C crc = new CRC32C();
        if (number == 0) {
            crc.update(ByteBuffer.allocate(HEADER_BYTES).putLong(header).flip());
        }
        crc.update(block.slice(FRAME_BYTES, bodyBytes));
        return (int) crc.getValue();
    }

    /** Keeps one block in memory. */
    private static final class Writer {

        private final Path path;
        private final Disk.File file;
        private ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        private long position;
        private int number;
        private long rows;

        Writer(Path path, Disk.File file) {
            this.path = path;
            this.file = file;
        }

        void write(MemoryTableStore.Moment moment) throws IOException {
            file.write(
                    ByteBuffer.allocate(HEADER_BYTES).putLong(MAGIC | VERSION).flip(), 0);
            position = HEADER_BYTES;
            begin(STATE);
            state(moment.applied());
            finish();
            begin(ROWS);
            Tree.scan(moment.tree(), ByteSequence.EMPTY, null, this::row);
            finish();
            begin(END);
            block.putLong(rows);
            finish();
        }

        private void begin(byte kind) {
            block.clear().position(FRAME_BYTES);
            block.putInt(number++).put(kind);
        }

        private void finish() throws IOException {
            int bodyBytes = block.position() - FRAME_BYTES;
            int checksum = checksum(MAGIC | VERSION, number - 1, block, bodyBytes);
            block.putInt(0, bodyBytes).putInt(Integer.BYTES, checksum);
            block.flip();
            int bytes = block.remaining();
            file.write(block, position);
            position += bytes;
        }

        private void state(AppliedState applied) {
            byte[] membership = MembershipCodec.encode(applied.membership());
            require(5 * Long.BYTES + membership.length);
            block.putLong(applied.index())
                    .putLong(applied.term())
                    .putLong(applied.revision())
                    .putLong(applied.clusterTimeMillis())
                    .putLong(applied.stateHash())
                    .put(membership);
        }

        private boolean row(ByteSequence key, StoredValue row) {
            int bytes = ROW_BYTES + key.length() + row.value().length();
            if (block.remaining() < bytes && block.position() > FRAME_BYTES + PREFIX_BYTES) {
                try {
                    finish();
                } catch (IOException e) {
                    throw StorageFailure.of("writing the table " + path, e);
                }
                begin(ROWS);
            }
            require(bytes);
            block.putInt(key.length())
                    .putInt(row.value().length())
                    .putLong(row.createRevision())
                    .putLong(row.modRevision())
                    .putLong(row.version())
                    .putLong(row.deadlineMillis());
            key.writeTo(block);
            row.value().writeTo(block);
            rows++;
            return true;
        }

        private void require(int bytes) {
            if (block.remaining() < bytes) {
                block = ByteBuffer.allocate(block.position() + bytes).put(block.flip());
            }
        }
    }

    /** Keeps one block in memory, beside the table that grows. */
    private static final class Reader {

        private final Path path;
        private final Disk.File file;
        private final long size;
        private ByteBuffer block = ByteBuffer.allocate(FRAME_BYTES + BLOCK_BYTES);
        private long header;
        private long position;
        private int number;

        Reader(Path path, Disk.File file) throws IOException {
            this.path = path;
            this.file = file;
            this.size = file.size();
        }

        MemoryTableStore.Moment read() throws IOException {
            header();
            byte first = next();
            requireVersion();
            check(first == STATE, "it does not begin with its state");
            MemoryTableStore.Growing table = new MemoryTableStore.Growing(state());
            byte kind = next();
            while (kind == ROWS) {
                rows(table);
                kind = next();
            }
            check(kind == END && block.remaining() == Long.BYTES, "block " + (number - 1) + " is of no known kind");
            check(block.getLong() == table.rows(), "rows are missing");
            check(position == size, "something follows its end");
            return table.moment();
        }

        private void header() throws IOException {
            block.clear().limit(HEADER_BYTES);
            check(file.read(block, 0) == HEADER_BYTES, "it is too short");
            header = block.getLong(0);
            long version = header ^ MAGIC;
            check(version >= 0 && version <= 0xFF, "it is no table");
            position = HEADER_BYTES;
        }

        /** Once the first block has shown that the version is what was written. */
        private void requireVersion() {
            long version = header ^ MAGIC;
            if (version != VERSION) {
                throw new StorageFailure(
                        Kind.OTHER_FORMAT,
                        "The table " + path + " has format " + version + ", this version of dengine knows " + VERSION
                                + ". Start the newer version again.",
                        null);
            }
        }

        /** Reads a block, which {@link #block} then holds from behind its kind on; returns the kind. */
        private byte next() throws IOException {
            block.clear().limit(FRAME_BYTES);
            check(file.read(block, position) == FRAME_BYTES, "it ends early");
            int bodyBytes = block.getInt(0);
            int checksum = block.getInt(Integer.BYTES);
            check(
                    bodyBytes >= PREFIX_BYTES
                            && bodyBytes <= MOST_BODY_BYTES
                            && bodyBytes <= size - position - FRAME_BYTES,
                    "block " + number + " cannot have " + bodyBytes + " bytes");
            if (block.capacity() < FRAME_BYTES + bodyBytes) {
                block = ByteBuffer.allocate(FRAME_BYTES + bodyBytes);
            }
            block.clear().position(FRAME_BYTES).limit(FRAME_BYTES + bodyBytes);
            check(file.read(block, position + FRAME_BYTES) == bodyBytes, "it ends early");
            check(
                    checksum(header, number, block, bodyBytes) == checksum,
                    "the checksum of block " + number + " does not match");
            block.position(FRAME_BYTES);
            check(block.getInt() == number, "block " + number + " is another one");
            number++;
            position += FRAME_BYTES + bodyBytes;
            return block.get();
        }

        private AppliedState state() {
            check(block.remaining() >= 5 * Long.BYTES, "its state is too short");
            long index = block.getLong();
            long term = block.getLong();
            long revision = block.getLong();
            long clusterTimeMillis = block.getLong();
            long stateHash = block.getLong();
            return new AppliedState(index, term, revision, clusterTimeMillis, stateHash, membership());
        }

        private Membership membership() {
            try {
                return MembershipCodec.decode(bytes(block.remaining()));
            } catch (IllegalArgumentException illFormed) {
                throw corrupt(String.valueOf(illFormed.getMessage()));
            }
        }

        private void rows(MemoryTableStore.Growing table) {
            while (block.hasRemaining()) {
                check(block.remaining() >= ROW_BYTES, "a row is cut off");
                int keyBytes = block.getInt();
                int valueBytes = block.getInt();
                long createRevision = block.getLong();
                long modRevision = block.getLong();
                long version = block.getLong();
                long deadlineMillis = block.getLong();
                check(keyBytes >= 0 && valueBytes >= 0, "a row has a length below 0");
                check(block.remaining() >= (long) keyBytes + valueBytes, "a row is cut off");
                ByteSequence key = ByteSequence.wrap(bytes(keyBytes));
                ByteSequence value = ByteSequence.wrap(bytes(valueBytes));
                check(table.follows(key), "its keys do not ascend");
                table.add(key, new StoredValue(value, createRevision, modRevision, version, deadlineMillis));
            }
        }

        private byte[] bytes(int count) {
            byte[] bytes = new byte[count];
            block.get(bytes);
            return bytes;
        }

        private void check(boolean holds, String problem) {
            if (!holds) {
                throw corrupt(problem);
            }
        }

        private StorageFailure corrupt(String problem) {
            return new StorageFailure(Kind.CORRUPT, "The table " + path + " is damaged: " + problem + ".", null);
        }
    }
}
