package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.config.Durability;
import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.SimDisk;
import io.dengine.storage.SnapshotManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The power fails at every disk operation of a change of what is in use: it is then the old or the new, never a mix. */
class GenerationCrashTest {

    private static final Path DATA = Path.of("data");
    private static final UUID ID = new UUID(1, 1);
    private static final Map<String, byte[]> OLD = Map.of("state/old", Snapshots.bytes(9, 100));
    private static final SnapshotManifest MANIFEST = Snapshots.manifest(ID, 30, Snapshots.FILES);
    private static final HardState PROMISED = new HardState(9, NodeId.of(3));

    /** How far a run has come. */
    private static final class Progress {
        boolean complete;
        boolean installed;
        boolean trusting;
        boolean trusted;
        boolean done;
    }

    private static DataDirectory open(SimDisk disk, long storage) {
        return DataDirectory.open(disk, DATA, "orders", NodeId.of(1), () -> new UUID(9, storage));
    }

    private static FileLogStore openLog(SimDisk disk, DataDirectory directory) {
        return FileLogStore.open(disk, directory.log(), 600, Durability.FSYNC);
    }

    /** A node that has lived: a state, and a log to entry 20 of term 2. */
    private static void prepare(SimDisk disk) throws IOException {
        try (DataDirectory directory = open(disk, 1)) {
            directory.remember(NodeId.of(2), new UUID(2, 2));
            directory.rememberSeeds(List.of(new PeerAddress("b", 7400)));
            Snapshots.write(disk, DATA.resolve("generation-1"), OLD);
            try (FileLogStore log = openLog(disk, directory)) {
                log.save(PROMISED);
                log.append(LogStoreContract.entries(2, 1, 20));
            }
        }
    }

    private static void crashAndRestartInVain(SimDisk disk, Crashes.Steps restart) {
        disk.crash();
        for (int again = 0; again < 3; again++) {
            disk.failPowerAfter(1 + again * 3L);
            Crashes.survives(restart);
            disk.crash();
        }
    }

    // ---- taking ----

    @Test
    void snapshotBeingTakenLeavesNothingBehind() throws IOException {
        boolean ended = false;
        for (int at = 1; !ended; at++) {
            SimDisk disk = new SimDisk(new SplittableRandom(at));
            prepare(disk);
            disk.failPowerAfter(at);
            ended = Crashes.survives(() -> Snapshots.take(disk, open(disk, 2).snapshots(), ID, 10, Snapshots.FILES));
            crashAndRestartInVain(disk, () -> open(disk, 2));
            DataDirectory directory = open(disk, 2);
            Snapshots.requireInstalled(disk, directory, OLD);
            assertThat(disk.list(DATA.resolve("snapshots"))).isEmpty();
            SnapshotManifest taken = Snapshots.take(disk, directory.snapshots(), ID, 30, Snapshots.FILES);
            assertThat(taken).isEqualTo(MANIFEST);
        }
    }

    // ---- receiving and installing ----

    private static void receiveAndInstall(SimDisk disk, boolean resetLog, Progress progress) {
        try (DataDirectory directory = open(disk, 2);
                FileLogStore log = openLog(disk, directory)) {
            directory.finishInstall(log);
            try (Staging staging = directory.snapshots().stage(MANIFEST)) {
                do {
                    Snapshots.receive(staging, Snapshots.FILES, 900, Integer.MAX_VALUE);
                } while (!staging.complete().isEmpty());
            }
            progress.complete = true;
            directory.install(MANIFEST, resetLog);
            progress.installed = true;
            if (resetLog) {
                log.reset(MANIFEST.last(), MANIFEST.clusterTimeMillis());
                log.append(LogStoreContract.entries(6, 31, 33));
                log.sync();
            }
            progress.trusting = true;
            directory.trustState();
            progress.trusted = true;
            directory.deleteOldGenerations();
            progress.done = true;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void snapshotIsInstalledAsAWholeOrNotAtAll(boolean resetLog) throws IOException {
        int before = 0;
        int after = 0;
        boolean ended = false;
        for (int at = 1; !ended; at++) {
            SimDisk disk = new SimDisk(new SplittableRandom(at * 31L));
            prepare(disk);
            Progress progress = new Progress();
            disk.failPowerAfter(at);
            ended = Crashes.survives(() -> receiveAndInstall(disk, resetLog, progress));
            crashAndRestartInVain(disk, () -> {
                DataDirectory directory = open(disk, 2);
                directory.finishInstall(openLog(disk, directory));
            });
            String where = "operation " + at;
            try (DataDirectory directory = open(disk, 2);
                    FileLogStore log = openLog(disk, directory)) {
                directory.finishInstall(log);
                assertThat(directory.storageId()).as(where).isEqualTo(new UUID(9, 1));
                assertThat(log.hardState()).as(where).isEqualTo(PROMISED);
                boolean installed = Snapshots.isInstalled(disk, directory, Snapshots.FILES);
                Snapshots.requireInstalled(disk, directory, installed ? Snapshots.FILES : OLD);
                requireLog(log, installed && resetLog, progress, where);
                SnapshotManifest unchecked = directory.uncheckedSnapshot();
                assertThat(unchecked).as(where).isIn(null, MANIFEST);
                assertThat(unchecked != null || !installed || progress.trusting)
                        .as(where)
                        .isTrue();
                assertThat(unchecked == null || (installed && !progress.trusted))
                        .as(where)
                        .isTrue();
                assertThat(installed || !progress.installed).as(where).isTrue();
                assertThat(progress.complete || !installed).as(where).isTrue();
                assertThat(generations(disk)).as(where).hasSize(1);
                before += installed ? 0 : 1;
                after += installed ? 1 : 0;
            }
            if (progress.installed) {
                continue;
            }
            // The download goes on and comes to its end, whatever there was of it.
            receiveAndInstall(disk, false, new Progress());
            disk.crash();
            Snapshots.requireInstalled(disk, open(disk, 2), Snapshots.FILES);
        }
        assertThat(before).isGreaterThan(20);
        assertThat(after).isGreaterThan(5);
    }

    private static void requireLog(FileLogStore log, boolean startedOver, Progress progress, String where) {
        if (!startedOver) {
            assertThat(log.last()).as(where).isEqualTo(new EntryId(2, 20));
            assertThat(log.read(1, 21, Long.MAX_VALUE)).as(where).isEqualTo(LogStoreContract.entries(2, 1, 20));
            return;
        }
        assertThat(log.base()).as(where).isEqualTo(MANIFEST.last());
        long last = log.last().index();
        assertThat(last).as(where).isBetween(progress.done ? 33L : 30L, 33L);
        if (last > 30) {
            assertThat(log.read(31, last + 1, Long.MAX_VALUE)).isEqualTo(LogStoreContract.entries(6, 31, last));
        }
    }

    @Test
    void stateWhoseManifestIsDamagedBeforeAnyoneLookedIsDistrusted() throws IOException {
        SimDisk disk = new SimDisk(new SplittableRandom(1));
        prepare(disk);
        try (DataDirectory directory = open(disk, 2)) {
            try (Staging staging = directory.snapshots().stage(MANIFEST)) {
                Snapshots.receive(staging, Snapshots.FILES, 900, Integer.MAX_VALUE);
                assertThat(staging.complete()).isEmpty();
            }
            directory.install(MANIFEST, false);
            assertThat(directory.whyStateIsDistrusted()).isNull();
            assertThat(directory.uncheckedSnapshot()).isEqualTo(MANIFEST);
            disk.flipBit(directory.state().resolveSibling("manifest"), 9, 3);
            assertThat(directory.uncheckedSnapshot()).isNull();
            assertThat(directory.whyStateIsDistrusted()).contains("damaged");
        }
    }

    private static List<String> generations(SimDisk disk) {
        return disk.list(DATA).stream().filter(Generation::isDirectory).toList();
    }

    @Test
    void installedGenerationWithoutCurrentIsRefusedNotGuessed() throws IOException {
        SimDisk disk = new SimDisk(new SplittableRandom(1));
        prepare(disk);
        disk.delete(DATA.resolve("current"));
        assertThat(catchThrowable(() -> open(disk, 2))).hasMessageContaining("it is missing, though there is");
    }

    @Test
    void generationThatIsMissingIsNotTakenForAnEmptyOne() throws IOException {
        SimDisk disk = new SimDisk(new SplittableRandom(1));
        prepare(disk);
        disk.deleteTree(DATA.resolve("generation-1"));
        assertThat(catchThrowable(() -> open(disk, 2))).hasMessageContaining("it is missing, though it is in use");
    }

    // ---- setting aside ----

    @Test
    void whatIsDamagedIsSetAsideAsAWholeOrNotAtAll() throws IOException {
        int before = 0;
        int after = 0;
        boolean ended = false;
        for (int at = 1; !ended; at++) {
            SimDisk disk = new SimDisk(new SplittableRandom(at * 17L));
            prepare(disk);
            setAsideOnce(disk);
            disk.failPowerAfter(at);
            boolean[] returned = {false};
            ended = Crashes.survives(() -> {
                DataDirectory directory = open(disk, 2);
                directory.setAside();
                returned[0] = true;
                directory.close();
            });
            crashAndRestartInVain(disk, () -> open(disk, 3));
            String where = "operation " + at;
            try (DataDirectory directory = open(disk, 3);
                    FileLogStore log = openLog(disk, directory)) {
                assertThat(directory.rememberedStorage(NodeId.of(2))).as(where).isEqualTo(new UUID(2, 2));
                assertThat(directory.seeds()).as(where).containsExactly(new PeerAddress("b", 7400));
                if (directory.storageId().equals(new UUID(9, 1))) {
                    assertThat(returned[0]).as(where).isFalse();
                    Snapshots.requireInstalled(disk, directory, OLD);
                    assertThat(log.hardState()).as(where).isEqualTo(PROMISED);
                    assertThat(log.last()).as(where).isEqualTo(new EntryId(2, 20));
                    before++;
                } else {
                    assertThat(directory.storageId()).as(where).isEqualTo(new UUID(9, 2));
                    Snapshots.requireInstalled(disk, directory, Map.of());
                    assertThat(log.hardState()).as(where).isEqualTo(HardState.INITIAL);
                    assertThat(log.last()).as(where).isEqualTo(EntryId.ZERO);
                    requireKept(disk, where);
                    after++;
                }
            }
        }
        assertThat(before).isGreaterThan(3);
        assertThat(after).isGreaterThan(10);
    }

    /** So that there is an older one to delete. */
    private static void setAsideOnce(SimDisk disk) throws IOException {
        disk.createDirectories(DATA.resolve("damaged-4").resolve("log"));
        disk.open(DATA.resolve("damaged-4").resolve("log").resolve("x")).close();
        disk.syncDirectory(DATA.resolve("damaged-4").resolve("log"));
    }

    private static void requireKept(SimDisk disk, String where) throws IOException {
        assertThat(disk.list(DATA)).as(where).contains("damaged-5").doesNotContain("damaged-4");
        Path kept = DATA.resolve("damaged-5");
        assertThat(disk.list(kept)).as(where).contains("current", "generation-1", "log");
        assertThat(disk.contentOf(kept.resolve("generation-1").resolve("state").resolve("old")))
                .isEqualTo(OLD.get("state/old"));
        FileLogStore log = FileLogStore.open(disk, kept.resolve("log"), 600, Durability.FSYNC);
        assertThat(log.last()).as(where).isEqualTo(new EntryId(2, 20));
        log.close();
    }

    @Test
    void directoryGoesOnAfterSettingAside() throws IOException {
        SimDisk disk = new SimDisk(new SplittableRandom(1));
        prepare(disk);
        try (DataDirectory directory = open(disk, 2)) {
            directory.setAside();
            assertThat(directory.storageId()).isEqualTo(new UUID(9, 2));
            assertThat(disk.list(directory.log())).isEmpty();
            try (FileLogStore log = openLog(disk, directory)) {
                log.append(LogStoreContract.entries(1, 1, 3));
            }
        }
        disk.crash();
        try (DataDirectory directory = open(disk, 3);
                FileLogStore log = openLog(disk, directory)) {
            assertThat(directory.storageId()).isEqualTo(new UUID(9, 2));
            assertThat(log.last()).isEqualTo(new EntryId(1, 3));
        }
    }
}
