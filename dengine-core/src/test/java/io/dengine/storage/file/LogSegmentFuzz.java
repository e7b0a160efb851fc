package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.Durability;
import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.fuzz.HeapFiles;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Recovery of a segment, as the newest and as a sealed one. It finds records that are there, all of them in front; twice
 * gives the same as once; and less file never gives more.
 */
final class LogSegmentFuzz implements FuzzTarget {

    private static final Path DIRECTORY = Path.of("log");
    private static final Path FILE = DIRECTORY.resolve(LogSegment.nameOf(1));
    private static final int LIMIT_BYTES = 4096;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Recovered(List<Entry> entries, byte[] file) {}

    @Override
    public boolean accepts(byte[] input) throws IOException {
        boolean asIs = recovers(input);
        boolean sealed = recovers(Checksums.ofLogSegment(input));
        return asIs || sealed;
    }

    private static boolean recovers(byte[] input) throws IOException {
        Recovered whole = recover(input, true);
        Recovered sealed = recover(input, false);
        if (whole == null) {
            assertThat(sealed).isNull();
            return false;
        }
        assertAreIn(input, whole.entries);
        if (sealed != null) {
            assertThat(sealed.entries).isEqualTo(whole.entries);
            assertThat(sealed.file).isEqualTo(input);
        }
        Recovered again = recover(whole.file, true);
        assertThat(again).isNotNull();
        assertThat(again.entries).isEqualTo(whole.entries);
        // Where the file is cut depends on the input alone.
        int cut = Math.floorMod(Arrays.hashCode(input), input.length);
        Recovered shorter = recover(Arrays.copyOf(input, cut), true);
        if (shorter != null) {
            assertThat(shorter.entries.size()).isLessThanOrEqualTo(whole.entries.size());
            assertThat(shorter.entries).isEqualTo(whole.entries.subList(0, shorter.entries.size()));
        }
        return true;
    }

    private static @Nullable Recovered recover(byte[] input, boolean newest) throws IOException {
        Disk disk = new MemoryDisk();
        HeapFiles.put(disk, FILE, input);
        try {
            LogSegment segment = SegmentRecovery.recover(disk, FILE, 1, LIMIT_BYTES, null, newest);
            List<Entry> entries = new ArrayList<>();
            if (segment.endIndexExclusive() > 1) {
                segment.read(1, segment.endIndexExclusive(), Long.MAX_VALUE, entries);
                assertThat(segment.last())
                        .isEqualTo(entries.get(entries.size() - 1).id());
            }
            segment.close();
            return new Recovered(entries, HeapFiles.get(disk, FILE));
        } catch (StorageFailure refused) {
            assertThat(refused.kind()).isIn(StorageFailure.Kind.CORRUPT, StorageFailure.Kind.OTHER_FORMAT);
            assertThat(HeapFiles.get(disk, FILE)).isEqualTo(input);
            return null;
        }
    }

    /** Walks the file without any check but the records' own. */
    private static void assertAreIn(byte[] input, List<Entry> entries) {
        ByteBuffer file = ByteBuffer.wrap(input).position(LogSegment.HEADER_BYTES);
        for (Entry entry : entries) {
            while (file.getInt(file.position()) == LogSegment.MARK_MAGIC) {
                file.position(file.position() + LogSegment.MARK_BYTES);
            }
            assertThat(RecordFrame.decode(file)).isEqualTo(new RecordFrame.Decoded.Whole(entry));
        }
    }

    /** Recovery holds no more of a file than there is, whatever a record's length says. */
    @Override
    public long allocationLimit(int inputBytes) {
        return (2L << 20) + 1024L * inputBytes;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(
                written(List.of(), true),
                written(LogStoreContract.entries(1, 1, 3), true),
                written(LogStoreContract.entries(1, 1, 9), false),
                sealed());
    }

    private static byte[] written(List<Entry> entries, boolean closed) throws IOException {
        Disk disk = new MemoryDisk();
        FileLogStore store = FileLogStore.open(disk, DIRECTORY, LIMIT_BYTES, Durability.FSYNC);
        for (Entry entry : entries) {
            store.append(List.of(entry));
            if (entry.index() % 3 == 1) {
                store.sync();
            }
        }
        if (closed) {
            store.close();
        }
        byte[] file = HeapFiles.get(disk, FILE);
        int end = file.length;
        while (file[end - 1] == 0) {
            end--;
        }
        // A few zeros are as good as many, and easier on the fuzzer.
        return Arrays.copyOf(file, Math.min(file.length, Math.max(end, LogSegment.HEADER_BYTES) + 30));
    }

    private static byte[] sealed() throws IOException {
        Disk disk = new MemoryDisk();
        try (FileLogStore store =
                FileLogStore.open(disk, DIRECTORY, FileLogStore.MIN_SEGMENT_BYTES, Durability.FSYNC)) {
            store.append(LogStoreContract.entries(2, 1, 20));
        }
        return HeapFiles.get(disk, FILE);
    }
}
