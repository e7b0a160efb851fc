package io.dengine.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.WatchRequest;
import io.dengine.config.WatchSettings;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EventHistoryTest {

    private static final Path DIRECTORY = Path.of("watch");
    private static final WatchRequest EVERYTHING = WatchRequest.prefix(ByteSequence.EMPTY);

    private final HeapDisk disk = new HeapDisk();
    private final Store store = new Store();

    private static WatchSettings settings(int events, int bytes, Duration age) {
        return new WatchSettings(events, bytes, age, 100, 10, Duration.ofSeconds(1));
    }

    /** Ten events a segment. */
    private static WatchSettings small() {
        return settings(160, 1 << 20, Duration.ofHours(1));
    }

    private EventHistory open(long appliedRevision) {
        return EventHistory.open(disk, DIRECTORY, small(), appliedRevision);
    }

    private void write(int revisions) {
        try (EventHistory history = open(store.revision())) {
            history.append(store.puts("key", revisions), 0);
        }
    }

    private List<RevisionEvents> readAll(EventHistory history, long from) {
        List<RevisionEvents> changes = new ArrayList<>();
        WatchRequest request = EVERYTHING.withPreviousValue();
        for (long next = from; next <= history.newestRevision(); ) {
            HistoryPage page = history.read(next, request);
            page.deliveries().forEach(d -> changes.add(new RevisionEvents(d.revision(), d.events())));
            next = page.through() + 1;
        }
        return changes;
    }

    private Path segment(int number) throws IOException {
        return DIRECTORY.resolve(disk.list(DIRECTORY).get(number));
    }

    private void flip(Path file, int position) {
        byte[] bytes = disk.bytes(file);
        bytes[position < 0 ? bytes.length + position : position] ^= 0x10;
        disk.overwrite(file, bytes);
    }

    @Test
    void theWholeHistoryOfAFreshStoreCanBeWatchedFromRevisionOne() {
        try (EventHistory history = open(1)) {
            assertThat(history.oldestRevision()).isEqualTo(1);
            history.append(store.puts("key", 5), 0);
            assertThat(history.oldestRevision()).isEqualTo(1);
            assertThat(history.read(1, EVERYTHING).through()).isEqualTo(6);
        }
        try (EventHistory history = open(6)) {
            assertThat(history.oldestRevision()).isEqualTo(1);
        }
    }

    @Test
    void aRestartKeepsEveryRevisionAsItWas() {
        store.put("gone", "x").put("key", "1").commit();
        store.delete("gone").put("key", "2").commit();
        try (EventHistory history = open(1)) {
            history.append(store.changes(2, 3), 0);
            history.append(store.puts("key", 40), 0);
        }
        try (EventHistory history = open(43)) {
            assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 43));
            assertThat(history.events()).isEqualTo(44);
        }
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void whatLiesBeyondTheAppliedRevisionIsDroppedAndRaisedAgainOnce() {
        write(45);
        try (EventHistory history = open(25)) {
            assertThat(history.newestRevision()).isEqualTo(25);
            assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 25));
            history.append(store.changes(26, 46), 0);
            history.append(store.puts("other", 3), 0);
        }
        try (EventHistory history = open(49)) {
            assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 49));
        }
    }

    @Test
    void aDroppedTailDoesNotComeBackBesideTheSegmentThatReplacedIt() {
        WatchSettings settings = settings(16_000, 1 << 20, Duration.ofMillis(1600));
        try (EventHistory history = EventHistory.open(disk, DIRECTORY, settings, 1)) {
            history.append(store.puts("key", 25), 0);
        }
        try (EventHistory history = EventHistory.open(disk, DIRECTORY, settings, 11)) {
            history.append(store.changes(12, 12), 0);
            history.append(store.changes(13, 26), 500);
        }
        try (EventHistory history = EventHistory.open(disk, DIRECTORY, settings, 26)) {
            assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 26));
        }
    }

    @Test
    void aGapIsRefused() {
        write(5);
        List<RevisionEvents> ahead = store.changes(5, 6);
        try (EventHistory history = open(3)) {
            assertThatThrownBy(() -> history.append(ahead, 0)).isInstanceOf(IllegalStateException.class);
            assertThat(history.newestRevision()).isEqualTo(3);
        }
    }

    @Test
    void aTornTailBehindTheAppliedRevisionIsCut() throws IOException {
        write(25);
        byte[] bytes = disk.bytes(segment(2));
        for (int lost = 1; lost < 60; lost += 7) {
            disk.overwrite(segment(2), Arrays.copyOf(bytes, bytes.length - lost));
            try (EventHistory history = open(25)) {
                assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 25));
                history.append(store.changes(26, 26), 0);
            }
        }
        try (EventHistory history = open(26)) {
            assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 26));
        }
    }

    @Test
    void aTailOfZerosBehindTheAppliedRevisionIsCut() throws IOException {
        write(25);
        byte[] bytes = disk.bytes(segment(2));
        Arrays.fill(bytes, bytes.length - 20, bytes.length, (byte) 0);
        disk.overwrite(segment(2), bytes);
        try (EventHistory history = open(25)) {
            assertThat(readAll(history, 1)).isEqualTo(store.changes(2, 25));
        }
    }

    @Test
    void aHistoryWhoseTailIsLostStartsEmpty() throws IOException {
        write(25);
        byte[] bytes = disk.bytes(segment(2));
        disk.overwrite(segment(2), Arrays.copyOf(bytes, bytes.length - 1));
        try (EventHistory history = open(26)) {
            assertThat(history.oldestRevision()).isEqualTo(27);
            assertThat(history.events()).isZero();
            assertThat(disk.list(DIRECTORY)).isEmpty();
            history.append(store.puts("key", 2), 0);
            assertThat(readAll(history, 27)).isEqualTo(store.changes(27, 28));
        }
        try (EventHistory history = open(28)) {
            assertThat(history.oldestRevision()).isEqualTo(27);
        }
    }

    @Test
    void aMissingSegmentEndsTheHistoryBehindIt() throws IOException {
        write(45);
        disk.delete(segment(1));
        try (EventHistory history = open(46)) {
            assertThat(history.oldestRevision()).isEqualTo(22);
            assertThat(readAll(history, 22)).isEqualTo(store.changes(22, 46));
        }
    }

    @Test
    void everyFlippedBitIsNoticedAndNothingBeforeItServed() throws IOException {
        write(45);
        Path damagedFile = segment(4);
        int length = disk.bytes(damagedFile).length;
        for (int position = 0; position < length; position++) {
            HeapDisk copy = new HeapDisk();
            for (String name : disk.list(DIRECTORY)) {
                copy.open(DIRECTORY.resolve(name)).close();
                copy.overwrite(DIRECTORY.resolve(name), disk.bytes(DIRECTORY.resolve(name)));
            }
            byte[] bytes = disk.bytes(damagedFile);
            bytes[position] ^= 0x04;
            copy.overwrite(damagedFile, bytes);
            try (EventHistory history = EventHistory.open(copy, DIRECTORY, small(), 46)) {
                long oldest = history.oldestRevision();
                assertThat(oldest).isBetween(42L, 47L);
                assertThat(readAll(history, oldest)).isEqualTo(store.changes(oldest, 46));
                assertThatThrownBy(() -> history.read(41, EVERYTHING)).isInstanceOf(CompactedException.class);
            }
        }
    }

    @Test
    void aDamagedRecordInTheMiddleKeepsWhatIsBehindIt() throws IOException {
        write(25);
        int record = EventRecord.size(store.changes(24, 24).get(0));
        flip(segment(2), -2 * record - 1);
        try (EventHistory history = open(26)) {
            assertThat(history.oldestRevision()).isEqualTo(25);
            history.append(store.puts("key", 1), 0);
        }
        try (EventHistory history = open(27)) {
            assertThat(readAll(history, 25)).isEqualTo(store.changes(25, 27));
        }
    }

    @Test
    void aRecordDamagedWhileTheNodeRunsIsNotServed() throws IOException {
        write(60);
        try (EventHistory history = open(61)) {
            int record = EventRecord.size(store.changes(15, 15).get(0));
            flip(segment(1), 8 + 3 * record + 30);
            HistoryPage before = history.read(12, EVERYTHING);
            assertThat(before.through()).isEqualTo(14);
            assertThatThrownBy(() -> history.read(15, EVERYTHING))
                    .isInstanceOfSatisfying(
                            CompactedException.class,
                            e -> assertThat(e.oldestRevision()).isEqualTo(16));
            assertThat(history.oldestRevision()).isEqualTo(16);
            assertThat(readAll(history, 16)).isEqualTo(store.changes(16, 61));
            history.expire(0);
            assertThat(readAll(history, 16)).isEqualTo(store.changes(16, 61));
        }
    }

    @Test
    void theNumberOfChangesIsBounded() throws IOException {
        write(1000);
        try (EventHistory history = open(1001)) {
            assertThat(history.events()).isBetween(150L, 160L);
            assertThat(history.oldestRevision()).isEqualTo(1001 - history.events() + 1);
            assertThat(disk.list(DIRECTORY)).hasSize(16);
        }
    }

    @Test
    void theBytesAreBounded() {
        WatchSettings settings = settings(1_000_000, 64 << 10, Duration.ofHours(1));
        for (Path directory : Arrays.asList(DIRECTORY, null)) {
            Store writes = new Store();
            try (EventHistory history = EventHistory.open(disk, directory, settings, 1)) {
                for (int i = 0; i < 300; i++) {
                    writes.put("key" + i, "x".repeat(1000)).commit();
                    history.append(writes.changes(i + 2, i + 2), 0);
                    assertThat(history.sizeBytes()).isLessThanOrEqualTo(64 << 10);
                }
                assertThat(history.sizeBytes()).isGreaterThan(56 << 10);
                long oldest = history.oldestRevision();
                assertThatThrownBy(() -> history.read(oldest - 1, EVERYTHING)).isInstanceOf(CompactedException.class);
                assertThat(history.read(oldest, EVERYTHING).deliveries().get(0).revision())
                        .isEqualTo(oldest);
            }
        }
    }

    @Test
    void changesAgeAlsoWhenNothingIsWritten() {
        WatchSettings settings = settings(1000, 1 << 20, Duration.ofMillis(1600));
        for (Path directory : Arrays.asList(DIRECTORY, null)) {
            Store writes = new Store();
            try (EventHistory history = EventHistory.open(disk, directory, settings, 1)) {
                for (long now = 0; now < 1600; now += 100) {
                    history.append(writes.puts("key", 1), now);
                }
                history.expire(1599);
                assertThat(history.oldestRevision()).isEqualTo(1);
                history.expire(2400);
                // Written before 800: revisions 2 to 9; a segment is allowed a sixteenth of the age.
                assertThat(history.oldestRevision()).isBetween(9L, 11L);
                history.expire(1600 + 1600);
                assertThat(history.oldestRevision()).isEqualTo(18);
                assertThat(history.sizeBytes()).isZero();
                history.append(writes.puts("key", 1), 3300);
                assertThat(readAll(history, 18)).isEqualTo(writes.changes(18, 18));
            }
        }
    }

    @Test
    void whatARestartFindsCountsAsNew() {
        WatchSettings settings = settings(160, 1 << 20, Duration.ofSeconds(1));
        try (EventHistory history = EventHistory.open(disk, DIRECTORY, settings, 1)) {
            history.append(store.puts("key", 50), 7_000_000);
        }
        try (EventHistory history = EventHistory.open(disk, DIRECTORY, settings, 51)) {
            history.expire(500);
            history.expire(1499);
            assertThat(history.oldestRevision()).isEqualTo(1);
            history.expire(1500);
            assertThat(history.oldestRevision()).isEqualTo(52);
        }
    }

    @Test
    void aSegmentBeingReadOutlivesItsDeletion() {
        EventSegment segment = EventSegment.create(disk, DIRECTORY, 2);
        segment.append(store.puts("key", 3), 0, ByteBuffer.allocate(1000));
        segment.acquire();
        segment.delete(disk);
        assertThat(disk.openFiles()).isEqualTo(1);
        assertThat(segment.read(2, EVERYTHING).through()).isEqualTo(4);
        segment.release();
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void filesOfOthersAreLeftAlone() throws IOException {
        disk.open(DIRECTORY.resolve("events-12")).close();
        disk.open(DIRECTORY.resolve("note")).close();
        write(3);
        try (EventHistory history = open(4)) {
            assertThat(history.oldestRevision()).isEqualTo(1);
            assertThat(disk.list(DIRECTORY)).contains("events-12", "note");
        }
    }

    @Test
    void aCheckpointOpensAsTheHistoryOfItsMoment() throws IOException {
        Path checkpoint = Path.of("checkpoint");
        try (EventHistory history = open(1)) {
            history.append(store.puts("key", 25), 0);
            history.checkpoint(checkpoint);
            List<byte[]> content = new ArrayList<>();
            for (String name : disk.list(checkpoint)) {
                content.add(disk.bytes(checkpoint.resolve(name)));
            }
            history.append(store.puts("key", 200), 0);
            assertThat(history.oldestRevision()).isGreaterThan(26);
            // Neither what is appended nor what is dropped shows in the checkpoint.
            for (String name : disk.list(checkpoint)) {
                assertThat(disk.bytes(checkpoint.resolve(name))).isEqualTo(content.remove(0));
            }
            assertThat(content).isEmpty();
        }
        disk.crash(new SplittableRandom(1));
        try (EventHistory copy = EventHistory.open(disk, checkpoint, small(), 26)) {
            assertThat(copy.oldestRevision()).isEqualTo(1);
            assertThat(readAll(copy, 1)).isEqualTo(store.changes(2, 26));
            copy.append(store.changes(27, 40), 0);
            assertThat(readAll(copy, 1)).isEqualTo(store.changes(2, 40));
        }
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void aHistoryInMemoryGivesAnEmptyCheckpoint() {
        try (EventHistory history = EventHistory.open(disk, null, small(), 1)) {
            history.append(store.puts("key", 5), 0);
            history.checkpoint(Path.of("checkpoint"));
        }
        try (EventHistory copy = EventHistory.open(disk, Path.of("checkpoint"), small(), 6)) {
            assertThat(copy.oldestRevision()).isEqualTo(7);
        }
    }

    /** The kernel may have dropped what it could not write, and says so once. */
    @Test
    void afterASyncThatFailedNoneSucceeds() {
        try (EventHistory history = open(1)) {
            history.append(store.puts("key", 5), 0);
            disk.failWith(new IOException("Input/output error"));
            assertThatThrownBy(history::sync).isInstanceOf(StorageFailure.class);
            disk.failWith(null);
            assertThatThrownBy(history::sync).isInstanceOf(StorageFailure.class);
            assertThatThrownBy(() -> history.checkpoint(Path.of("checkpoint"))).isInstanceOf(StorageFailure.class);
        }
    }

    @Test
    void aCheckpointThatCannotBeWrittenIsAStorageFailure() {
        try (EventHistory history = open(1)) {
            history.append(store.puts("key", 5), 0);
            disk.failWith(new IOException("No space left on device"));
            assertThatThrownBy(() -> history.checkpoint(Path.of("checkpoint")))
                    .isInstanceOfSatisfying(
                            StorageFailure.class, e -> assertThat(e.kind()).isEqualTo(StorageFailure.Kind.DISK_FULL));
            disk.failWith(null);
        }
    }
}
