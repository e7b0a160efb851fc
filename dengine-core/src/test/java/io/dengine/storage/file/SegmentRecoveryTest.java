package io.dengine.storage.file;

import static io.dengine.storage.LogStoreContract.entries;
import static io.dengine.storage.LogStoreContract.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.config.Durability;
import io.dengine.fuzz.Checksums;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.storage.Disk;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a start does with a log that is not as it was left. */
class SegmentRecoveryTest {

    private static final Path LOG = Path.of("data", "log");
    private static final Path FIRST = LOG.resolve("00000000000000000001.log");

    private final SimDisk disk = new SimDisk(new SplittableRandom(1));

    private FileLogStore open() {
        return FileLogStore.open(disk, LOG, 4096, Durability.FSYNC);
    }

    private StorageFailure refusal() {
        return catchThrowableOfType(StorageFailure.class, this::open);
    }

    private void write(Path path, byte[] bytes, long position) throws IOException {
        try (Disk.File file = disk.open(path)) {
            file.write(ByteBuffer.wrap(bytes), position);
            file.force();
        }
    }

    private void resize(Path path, long size) throws IOException {
        try (Disk.File file = disk.open(path)) {
            file.resize(size);
            file.force();
        }
    }

    /** Where record {@code index} begins if each append was followed by a sync, and so by a mark. */
    private static long offsetOf(List<Entry> entries, int index, int marksBefore) {
        return LogSegment.HEADER_BYTES
                + entries.stream()
                        .limit(index - 1L)
                        .mapToLong(RecordFrame::encodedLength)
                        .sum()
                + (long) marksBefore * LogSegment.MARK_BYTES;
    }

    @Test
    void everyCutOfTheLastUnsyncedRecordLosesThatRecordAlone() throws IOException {
        List<Entry> entries = List.of(entry(1, 1, 50), entry(1, 2, 50), entry(1, 3, 600));
        long start = offsetOf(entries, 3, 1);
        for (int cut = 0; cut <= RecordFrame.encodedLength(entries.get(2)); cut++) {
            SimDisk fresh = new SimDisk(new SplittableRandom(cut));
            FileLogStore store = FileLogStore.open(fresh, LOG, 4096, Durability.FSYNC);
            store.append(entries.subList(0, 2));
            store.sync();
            store.append(entries.subList(2, 3));
            fresh.kill();
            boolean zeroTail = cut % 2 == 0;
            try (Disk.File file = fresh.open(FIRST)) {
                file.resize(start + cut);
                file.resize(zeroTail ? 4096 : start + cut);
            }
            FileLogStore again = FileLogStore.open(fresh, LOG, 4096, Durability.FSYNC);
            boolean whole = cut == RecordFrame.encodedLength(entries.get(2));
            // A payload that ends in zeros is whole again when zeros follow the cut; the seeded one does not.
            assertThat(again.last().index()).as("cut at " + cut).isEqualTo(whole ? 3 : 2);
            again.append(List.of(entry(2, again.last().index() + 1, 10)));
            again.close();
            FileLogStore last = FileLogStore.open(fresh, LOG, 4096, Durability.FSYNC);
            assertThat(last.last().term()).isEqualTo(2);
        }
    }

    @Test
    void validRecordsBehindATornOneAreCutWithIt() {
        FileLogStore store = open();
        store.append(entries(1, 1, 2));
        store.sync();
        store.append(entries(1, 3, 9));
        disk.kill();
        disk.flipBit(FIRST, offsetOf(entries(1, 1, 9), 5, 1) + 10, 3);
        FileLogStore again = open();
        assertThat(again.last().index()).isEqualTo(4);
        again.append(List.of(entry(2, 5, 0)));
        again.sync();
        disk.crash();
        assertThat(open().last().term()).isEqualTo(2);
    }

    @Test
    void everyFlippedBitInASyncedRecordIsRefusedAndNothingIsChanged() {
        FileLogStore store = open();
        List<Entry> written = entries(1, 1, 6);
        store.append(written);
        store.sync();
        disk.kill();
        long start = offsetOf(written, 3, 0);
        long end = offsetOf(written, 4, 0);
        for (long position = start; position < end; position++) {
            disk.flipBit(FIRST, position, (int) (position % 8));
            byte[] before = disk.contentOf(FIRST);
            StorageFailure refusal = refusal();
            assertThat(refusal.kind()).isEqualTo(StorageFailure.Kind.CORRUPT);
            assertThat(refusal)
                    .hasMessageContaining(FIRST.toString())
                    .hasMessageContaining("offset " + start)
                    .hasMessageContaining("sync mark")
                    .hasMessageContaining("empty this node's data directory");
            assertThat(disk.contentOf(FIRST)).isEqualTo(before);
            disk.flipBit(FIRST, position, (int) (position % 8));
        }
        assertThat(open().read(1, 7, 1000)).isEqualTo(written);
    }

    @Test
    void flippedBitInTheLastRecordIsRefusedAfterACleanClose() {
        FileLogStore store = open();
        store.append(entries(1, 1, 6));
        store.close();
        disk.crash();
        disk.flipBit(FIRST, offsetOf(entries(1, 1, 6), 6, 0) + 20, 0);
        assertThat(refusal().kind()).isEqualTo(StorageFailure.Kind.CORRUPT);
    }

    @Test
    void damageInASealedSegmentIsRefused() throws IOException {
        FileLogStore store = open();
        store.append(entries(1, 1, 200));
        disk.kill();
        assertThat(disk.list(LOG).size()).isGreaterThan(3);
        int length = disk.contentOf(FIRST).length;
        disk.flipBit(FIRST, length - 5, 1);
        assertThat(refusal()).hasMessageContaining("a later segment follows");
        disk.flipBit(FIRST, length - 5, 1);
        disk.flipBit(FIRST, 20, 1);
        assertThat(refusal()).hasMessageContaining("header");
        disk.flipBit(FIRST, 20, 1);
        resize(FIRST, length - 1);
        assertThat(refusal().kind()).isEqualTo(StorageFailure.Kind.CORRUPT);
    }

    @Test
    void missingFilesAreRefused() throws IOException {
        FileLogStore store = open();
        store.append(entries(1, 1, 200));
        store.save(new HardState(1, null));
        store.close();
        Path second = LOG.resolve(disk.list(LOG).get(1));
        Path aside = Path.of("data", "aside");
        disk.rename(second, aside);
        assertThat(refusal()).hasMessageContaining("it follows");
        disk.rename(aside, second);
        Path hardState = LOG.resolve("hard-state");
        disk.rename(hardState, aside);
        assertThat(refusal()).hasMessageContaining("hard-state is missing");
        disk.rename(aside, hardState);
        for (String name : disk.list(LOG)) {
            if (name.endsWith(".log")) {
                disk.delete(LOG.resolve(name));
            }
        }
        assertThat(refusal()).hasMessageContaining("00000000000000000001.log is missing");
    }

    @Test
    void wholeRecordInTheWrongPlaceIsRefused() throws IOException {
        FileLogStore store = open();
        store.append(List.of(entry(5, 1, 0)));
        store.sync();
        disk.kill();
        long end = offsetOf(List.of(entry(5, 1, 0)), 2, 1);
        for (Entry wrong : List.of(entry(5, 3, 0), entry(4, 2, 0))) {
            ByteBuffer record = ByteBuffer.allocate(RecordFrame.encodedLength(wrong));
            RecordFrame.encode(wrong, record);
            write(FIRST, record.array(), end);
            assertThat(refusal()).hasMessageContaining("where index 2 of term 5 or later belongs");
        }
    }

    @Test
    void markStoredInAPayloadIsNoMark() {
        FileLogStore store = open();
        store.append(entries(1, 1, 3));
        store.sync();
        byte[] log = Arrays.copyOf(disk.contentOf(FIRST), 1000);
        store.append(List.of(entry(1, 4, 100), new Entry(1, 5, 99, EntryKind.COMMAND, log)));
        disk.kill();
        disk.flipBit(FIRST, offsetOf(entries(1, 1, 3), 4, 1) + 40, 1);
        assertThat(open().last().index()).isEqualTo(3);
    }

    @Test
    void draftsOfAnEarlierCrashAreRemoved() throws IOException {
        open().close();
        write(LOG.resolve("00000000000000000009.log.draft"), new byte[] {1, 2, 3}, 0);
        open().close();
        assertThat(disk.list(LOG)).containsExactly("00000000000000000001.log", "hard-state");
    }

    @Test
    void newerFormatIsNotGuessedAt() throws IOException {
        open().close();
        byte[] newer = disk.contentOf(FIRST);
        newer[11] = 2;
        write(FIRST, Checksums.ofLogSegment(newer), 0);
        assertThat(refusal().kind()).isEqualTo(StorageFailure.Kind.OTHER_FORMAT);
    }

    @Test
    void numberOfTheFormatThatHasRottenIsDamageNotANewerFormat() {
        open().close();
        for (int bit = 0; bit < 32; bit++) {
            disk.flipBit(FIRST, 8 + bit / 8, bit % 8);
            assertThat(refusal().kind()).as("bit %d", bit).isEqualTo(StorageFailure.Kind.CORRUPT);
            disk.flipBit(FIRST, 8 + bit / 8, bit % 8);
        }
        open().close();
    }

    @Test
    void recordThatRotsWhileOpenIsNeverHandedOut() {
        FileLogStore store = open();
        store.append(entries(1, 1, 5));
        store.sync();
        disk.flipBit(FIRST, offsetOf(entries(1, 1, 5), 3, 0) + 40, 1);
        assertThat(store.read(1, 3, 1000)).hasSize(2);
        assertThatThrownBy(() -> store.read(1, 6, 1000))
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("entry 3");
    }
}
