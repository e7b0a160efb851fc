package io.dengine.storage.file;

import static io.dengine.storage.LogStoreContract.entries;
import static io.dengine.storage.LogStoreContract.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.config.Durability;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What the log and the hard state do when the disk fails under them. */
class FailingDiskTest {

    private static final Path LOG = Path.of("data", "log");
    private static final Path HARD_STATE = LOG.resolve("hard-state");

    private final SimDisk disk = new SimDisk(new SplittableRandom(1));

    private FileLogStore open() {
        return FileLogStore.open(disk, LOG, 64 << 10, Durability.FSYNC);
    }

    private static void assertRefusesEverything(FileLogStore store, StorageFailure.Kind kind) {
        List<ThrowingCallable> calls = List.of(
                () -> store.append(
                        entries(9, store.last().index() + 1, store.last().index() + 1)),
                store::sync,
                () -> store.save(new HardState(99, null)),
                () -> store.purge(1),
                () -> store.read(1, 2, 100));
        for (ThrowingCallable call : calls) {
            StorageFailure refusal = catchThrowableOfType(StorageFailure.class, call);
            assertThat(refusal).hasMessageContaining("closed to all use");
            assertThat(refusal.kind()).isEqualTo(kind);
        }
    }

    @Test
    void failedSyncClosesTheStoreForGoodThoughTheNextOneWouldSucceed() {
        FileLogStore store = open();
        store.append(entries(1, 1, 3));
        store.sync();
        store.append(entries(1, 4, 6));
        disk.failNextForce();
        StorageFailure failure = catchThrowableOfType(StorageFailure.class, store::sync);
        assertThat(failure.kind()).isEqualTo(StorageFailure.Kind.IO);
        assertThat(failure).hasMessageContaining("syncing the log").hasMessageContaining("Input/output error");
        assertRefusesEverything(store, StorageFailure.Kind.IO);
        store.close();
        disk.crash();
        assertThat(open().last().index()).isEqualTo(3);
    }

    /** The mark behind a sync waits for the next sync; where that one failed, recovery must bring the mark to the disk. */
    @Test
    void recoveryAfterFailedSyncLeavesNoHoleBeforeItsMark() {
        for (long seed = 1; seed <= 50; seed++) {
            SimDisk failing = new SimDisk(new SplittableRandom(seed));
            FileLogStore store = FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC);
            store.append(entries(1, 1, 3));
            store.sync();
            store.append(entries(1, 4, 6));
            failing.failNextForce();
            assertThatThrownBy(store::sync).isInstanceOf(StorageFailure.class);
            failing.kill();
            assertThat(FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC)
                            .last()
                            .index())
                    .isEqualTo(6);
            failing.crash();
            assertThat(FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC)
                            .last()
                            .index())
                    .isEqualTo(6);
        }
    }

    /** The kernel shows the file cut, the disk still has what was cut off, with a sync mark behind it. */
    @Test
    void recoveryAfterAFailedCutLeavesNothingOfWhatWasCut() {
        for (long seed = 1; seed <= 50; seed++) {
            SimDisk failing = new SimDisk(new SplittableRandom(seed));
            FileLogStore store = FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC);
            store.append(entries(1, 1, 3));
            store.sync();
            store.append(entries(1, 4, 9));
            store.sync();
            store.append(entries(1, 10, 10));
            store.sync();
            failing.failNextForce();
            assertThatThrownBy(() -> store.append(entries(2, 4, 4))).isInstanceOf(StorageFailure.class);
            failing.kill();
            FileLogStore restarted = FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC);
            assertThat(restarted.last().index()).isEqualTo(3);
            restarted.append(entries(2, 4, 4));
            restarted.sync();
            failing.crash();
            FileLogStore after = FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC);
            assertThat(after.read(1, after.last().index() + 1, 1 << 20))
                    .isEqualTo(Stream.of(entries(1, 1, 3), entries(2, 4, 4))
                            .flatMap(List::stream)
                            .toList());
        }
    }

    @Test
    void failedSaveOfTermAndVoteClosesTheStore() {
        FileLogStore store = open();
        store.append(entries(1, 1, 1));
        store.save(new HardState(1, null));
        disk.failNextForce();
        assertThatThrownBy(() -> store.save(new HardState(2, NodeId.of(1)))).isInstanceOf(StorageFailure.class);
        assertThat(store.hardState()).isEqualTo(new HardState(1, null));
        assertRefusesEverything(store, StorageFailure.Kind.IO);
        disk.crash();
        assertThat(open().hardState()).isEqualTo(new HardState(1, null));
    }

    @Test
    void fullDiskIsNamedAndLosesNothing() {
        FileLogStore store = open();
        store.append(entries(1, 1, 3));
        store.sync();
        disk.setFull(true);
        StorageFailure failure =
                catchThrowableOfType(StorageFailure.class, () -> store.append(List.of(entry(1, 4, 70_000))));
        assertThat(failure.kind()).isEqualTo(StorageFailure.Kind.DISK_FULL);
        assertThat(failure).hasMessageContaining("Free some space");
        assertRefusesEverything(store, StorageFailure.Kind.DISK_FULL);
        store.close();
        disk.crash();

        // Term and vote need no new space, so a node on a full disk can still take part in elections.
        FileLogStore whileFull = open();
        whileFull.save(new HardState(7, NodeId.of(2)));
        assertThat(whileFull.last().index()).isEqualTo(3);
        disk.kill();
        disk.setFull(false);
        FileLogStore after = open();
        assertThat(after.hardState().term()).isEqualTo(7);
        after.append(entries(7, 4, 5));
        after.sync();
        assertThat(after.last().index()).isEqualTo(5);
    }

    @Test
    void osCacheDurabilityForcesNothing() {
        FileLogStore store = FileLogStore.open(disk, LOG, 64 << 10, Durability.OS_CACHE);
        store.append(entries(1, 1, 3));
        disk.failNextForce();
        store.sync();
        store.save(new HardState(1, null));
        disk.kill();
        assertThat(FileLogStore.open(disk, LOG, 64 << 10, Durability.OS_CACHE)
                        .last()
                        .index())
                .isEqualTo(3);
    }

    @Test
    void eitherCopyOfTermAndVoteMayRot() {
        HardState saved = new HardState(12, NodeId.of(3));
        open().save(saved);
        disk.kill();
        for (int copy = 0; copy < 2; copy++) {
            for (int position = 0; position < 32; position++) {
                disk.flipBit(HARD_STATE, copy * 4096L + position, position % 8);
                FileLogStore store = open();
                assertThat(store.hardState()).isEqualTo(saved);
                disk.kill();
            }
        }
    }

    @Test
    void bothCopiesOfTermAndVoteRottenAreRefused() {
        open().close();
        disk.flipBit(HARD_STATE, 25, 0);
        disk.flipBit(HARD_STATE, 4096 + 25, 0);
        StorageFailure refusal = catchThrowableOfType(StorageFailure.class, this::open);
        assertThat(refusal.kind()).isEqualTo(StorageFailure.Kind.CORRUPT);
        assertThat(refusal).hasMessageContaining("Both copies of term and vote");
    }

    @Test
    void termAndVoteAreReadBackWholeAndNeverGoBack() {
        for (int at = 1; at <= 40; at++) {
            for (int chance = 0; chance < 10; chance++) {
                SimDisk failing = new SimDisk(new SplittableRandom(at * 1000L + chance));
                failing.setSectorBytes(chance < 5 ? 512 : 4);
                FileLogStore store = FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC);
                HardState saved = HardState.INITIAL;
                HardState saving = HardState.INITIAL;
                failing.failPowerAfter(at);
                try {
                    for (int term = 1; term <= 10; term++) {
                        saving = new HardState(term, NodeId.of(term));
                        store.save(saving);
                        saved = saving;
                    }
                } catch (SimDisk.PowerLoss expected) {
                    assertThat(saved).isNotEqualTo(saving);
                }
                failing.crash();
                HardState shown = FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC)
                        .hardState();
                assertThat(shown).isIn(saved, saving);
                failing.crash();
                assertThat(FileLogStore.open(failing, LOG, 64 << 10, Durability.FSYNC)
                                .hardState())
                        .isEqualTo(shown);
            }
        }
    }
}
