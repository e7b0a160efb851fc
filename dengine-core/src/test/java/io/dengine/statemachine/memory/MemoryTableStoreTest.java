package io.dengine.statemachine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.fuzz.Checksums;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.TableStoreContract;
import io.dengine.statemachine.TableTwin;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemoryTableStoreTest extends TableStoreContract {

    private static final Path DIRECTORY = Path.of("state");

    @Override
    protected TableStore openEmpty() {
        return new MemoryTableStore();
    }

    @Test
    void sizeComesBackToZeroWithTheLastKey() {
        ByteSequence key = ByteSequence.of("key");
        StoredValue value = new StoredValue(ByteSequence.of("value"), 2, 2, 1, 0);

        store.apply(Map.of(key, new TableChange(value, 0)), new AppliedState(1, 1, 2, 0));
        assertThat(store.sizeBytes()).isGreaterThan(8);
        store.apply(Map.of(key, new TableChange(null, 0)), new AppliedState(2, 1, 3, 0));
        assertThat(store.sizeBytes()).isZero();
    }

    @Test
    void wrongDeadlineBeforeIsABrokenInvariant() {
        assertThatThrownBy(() -> store.apply(
                        Map.of(ByteSequence.of("key"), new TableChange(null, 5)), new AppliedState(1, 1, 2, 0)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(store.applied()).isEqualTo(AppliedState.EMPTY);
    }

    @Test
    void flushedTableComesBack() {
        Disk disk = new MemoryDisk();
        MemoryTableStore first = MemoryTableStore.open(disk, DIRECTORY);
        assertThat(first.flush()).isZero();
        TableTwin twin = new TableTwin(8, 300, 5_000); // more than one block of rows
        for (int i = 0; i < 300; i++) {
            twin.next(first);
        }
        assertThat(first.durableIndex()).isZero();
        assertThat(first.flush()).isEqualTo(300);
        assertThat(first.durableIndex()).isEqualTo(300);

        MemoryTableStore second = MemoryTableStore.open(disk, DIRECTORY);

        twin.assertSameAs(second);
        assertThat(second.durableIndex()).isEqualTo(300);
        assertThat(second.sizeBytes()).isEqualTo(first.sizeBytes());
    }

    @Test
    void rowLargerThanABlockComesBack() {
        Disk disk = new MemoryDisk();
        MemoryTableStore first = MemoryTableStore.open(disk, DIRECTORY);
        for (int i = 0; i < 3; i++) {
            ByteSequence key = ByteSequence.of("key" + i);
            StoredValue value = new StoredValue(ByteSequence.wrap(new byte[i == 1 ? 1_500_000 : 10]), 2, 2, 1, 0);
            first.apply(Map.of(key, new TableChange(value, 0)), new AppliedState(1 + i, 1, 2 + i, 0));
        }
        first.flush();

        MemoryTableStore second = MemoryTableStore.open(disk, DIRECTORY);

        assertThat(second.get(ByteSequence.of("key1")).value().length()).isEqualTo(1_500_000);
        assertThat(second.get(ByteSequence.of("key2"))).isEqualTo(first.get(ByteSequence.of("key2")));
    }

    @Test
    void powerLossAtAnyStepOfAFlushLeavesTheOldTableOrTheNew() {
        int old = 0;
        int renewed = 0;
        boolean flushed = false;
        for (int step = 1; !flushed; step++) {
            SimDisk disk = new SimDisk(new SplittableRandom(step));
            MemoryTableStore store = MemoryTableStore.open(disk, DIRECTORY);
            TableTwin written = new TableTwin(6, 50, 3_000);
            TableTwin kept = new TableTwin(6, 50, 3_000);
            for (int i = 0; i < 90; i++) {
                written.next(store);
                kept.next(null);
            }
            assertThat(store.flush()).isEqualTo(90);
            for (int i = 0; i < 90; i++) {
                written.next(store);
            }
            disk.failPowerAfter(step);
            try {
                store.flush();
                flushed = true;
            } catch (SimDisk.PowerLoss loss) {
                assertThat(store.durableIndex()).isEqualTo(90);
            }
            disk.crash();

            MemoryTableStore after = MemoryTableStore.open(disk, DIRECTORY);

            if (after.applied().index() == 90) {
                assertThat(flushed).isFalse();
                kept.assertSameAs(after);
                old++;
            } else {
                written.assertSameAs(after);
                renewed++;
            }
            assertThat(after.flush()).isEqualTo(after.applied().index());
        }
        assertThat(old).isGreaterThan(3);
        assertThat(renewed).isPositive();
    }

    @Test
    void anyBitThatRotsAndAnyCutIsFound() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoryTableStore store = MemoryTableStore.open(disk, DIRECTORY);
        TableTwin twin = new TableTwin(6, 20, 10);
        for (int i = 0; i < 10; i++) {
            twin.next(store);
        }
        store.flush();
        byte[] whole = content(disk);
        for (int i = 0; i < whole.length; i++) {
            byte[] rotten = whole.clone();
            rotten[i] ^= (byte) (1 << (i % 8));
            assertDamaged(rotten);
            assertDamaged(Arrays.copyOf(whole, i));
        }
        assertDamaged(Arrays.copyOf(whole, whole.length + 1));
        twin.assertSameAs(openWith(whole));
    }

    private static void assertDamaged(byte[] file) {
        assertThatThrownBy(() -> openWith(file))
                .isInstanceOfSatisfying(
                        StorageFailure.class, e -> assertThat(e.kind()).isEqualTo(StorageFailure.Kind.CORRUPT));
    }

    private static MemoryTableStore openWith(byte[] content) throws IOException {
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(DIRECTORY);
        try (Disk.File file = disk.open(DIRECTORY.resolve("table"))) {
            file.write(ByteBuffer.wrap(content), 0);
        }
        return MemoryTableStore.open(disk, DIRECTORY);
    }

    private static byte[] content(Disk disk) throws IOException {
        try (Disk.File file = disk.open(DIRECTORY.resolve("table"))) {
            ByteBuffer content = ByteBuffer.allocate((int) file.size());
            file.read(content, 0);
            return content.array();
        }
    }

    @Test
    void newerFormatIsRefused() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(DIRECTORY);
        MemoryTableStore.open(disk, DIRECTORY).checkpoint(DIRECTORY);
        byte[] newer = content(disk);
        newer[7] = 2;

        assertThatThrownBy(() -> openWith(Checksums.ofTable(newer)))
                .isInstanceOfSatisfying(
                        StorageFailure.class, e -> assertThat(e.kind()).isEqualTo(StorageFailure.Kind.OTHER_FORMAT));
    }

    @Test
    void blocksInAnotherOrderAreFound() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoryTableStore store = MemoryTableStore.open(disk, DIRECTORY);
        for (int i = 0; i < 3; i++) {
            StoredValue value = new StoredValue(ByteSequence.wrap(new byte[100_000]), 2, 2, 1, 0);
            store.apply(
                    Map.of(ByteSequence.of("key" + i), new TableChange(value, 0)), new AppliedState(1 + i, 1, 2, 0));
        }
        store.flush();
        byte[] whole = content(disk);
        ByteBuffer file = ByteBuffer.wrap(whole);
        int first = 8 + 8 + file.getInt(8); // behind the header and the block of state
        int size = 8 + file.getInt(first);
        byte[] swapped = whole.clone();
        System.arraycopy(whole, first, swapped, first + size, size);
        System.arraycopy(whole, first + size, swapped, first, size);

        assertDamaged(swapped);
    }

    @Test
    void crashGoesBackToTheLastFlush() {
        CrashableTableStore first = CrashableTableStore.restoredFrom(CrashableTableStore.Image.EMPTY);
        TableTwin written = new TableTwin(6, 50, 10);
        TableTwin flushed = new TableTwin(6, 50, 10);
        for (int i = 0; i < 20; i++) {
            written.next(first);
            flushed.next(null);
        }
        assertThat(first.flush()).isEqualTo(20);
        for (int i = 0; i < 5; i++) {
            written.next(first);
        }

        CrashableTableStore second = CrashableTableStore.restoredFrom(first.image());

        flushed.assertSameAs(second);
        assertThat(second.durableIndex()).isEqualTo(20);
    }
}
