package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.config.Durability;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A log that was closed in good order, and then damaged at every bit position, sector and pair of sectors: a start
 * refuses it, or finds all of it. The one thing no log can tell is that its very end is gone, last sync mark included.
 */
class DamagedLogTest {

    private static final Path LOG = Path.of("data", "log");
    private static final int SEGMENT_BYTES = 8192;
    private static final int SECTOR_BYTES = 512;
    private static final HardState HARD_STATE = new HardState(7, NodeId.of(3));

    private final SimDisk written = new SimDisk(new SplittableRandom(1));
    private final List<Entry> entries = new ArrayList<>();
    private final List<Path> segments;

    DamagedLogTest() {
        FileLogStore store = open(written);
        SplittableRandom random = new SplittableRandom(2);
        while (segmentsOf(written).size() < 4 || entries.size() % 50 != 0) {
            Entry entry = LogStoreContract.entry(1 + entries.size() / 50, entries.size() + 1, random.nextInt(150));
            entries.add(entry);
            store.append(List.of(entry));
            if (entries.size() % 3 == 0) {
                store.sync();
            }
        }
        store.save(new HardState(6, null));
        store.save(HARD_STATE);
        store.close();
        segments = segmentsOf(written);
    }

    private static List<Path> segmentsOf(SimDisk disk) {
        return disk.list(LOG).stream()
                .filter(name -> name.endsWith(".log"))
                .map(LOG::resolve)
                .toList();
    }

    private static FileLogStore open(Disk disk) {
        return FileLogStore.open(disk, LOG, SEGMENT_BYTES, Durability.FSYNC);
    }

    private SimDisk copy() {
        return written.copy(new SplittableRandom(3));
    }

    /** Returns the entries a start finds, or null if it refuses, in which case it has changed no segment. */
    private static @Nullable List<Entry> found(SimDisk disk) {
        List<byte[]> before = segmentsOf(disk).stream().map(disk::contentOf).toList();
        try (FileLogStore store = open(disk)) {
            assertThat(store.hardState()).isEqualTo(HARD_STATE);
            return store.read(1, store.last().index() + 1, Long.MAX_VALUE);
        } catch (StorageFailure refused) {
            assertThat(refused.kind()).isEqualTo(StorageFailure.Kind.CORRUPT);
            List<byte[]> after = segmentsOf(disk).stream().map(disk::contentOf).toList();
            for (int i = 0; i < before.size(); i++) {
                assertThat(after.get(i)).isEqualTo(before.get(i));
            }
            return null;
        }
    }

    private static void overwrite(SimDisk disk, Path path, long position, byte[] bytes) throws IOException {
        try (Disk.File file = disk.open(path)) {
            file.write(ByteBuffer.wrap(bytes), position);
            file.force();
        }
    }

    /** Where the records and marks of a segment end, and zeros begin. */
    private int endOf(Path segment) {
        byte[] content = written.contentOf(segment);
        int end = content.length;
        while (content[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private record Sector(Path segment, int position) {}

    /** The sectors that hold something. */
    private List<Sector> sectors() {
        List<Sector> sectors = new ArrayList<>();
        for (Path segment : segments) {
            for (int position = 0; position < endOf(segment); position += SECTOR_BYTES) {
                sectors.add(new Sector(segment, position));
            }
        }
        return sectors;
    }

    private byte[] contentOf(Sector sector) {
        byte[] content = written.contentOf(sector.segment);
        return Arrays.copyOfRange(content, sector.position, Math.min(content.length, sector.position + SECTOR_BYTES));
    }

    /** Overwrites a sector without making the file any longer. */
    private static void replace(SimDisk disk, Sector sector, byte[] bytes) throws IOException {
        int room = disk.contentOf(sector.segment).length - sector.position;
        overwrite(disk, sector.segment, sector.position, Arrays.copyOf(bytes, Math.min(bytes.length, room)));
    }

    private boolean holdsTheEnd(Sector sector) {
        Path newest = segments.get(segments.size() - 1);
        return sector.segment.equals(newest) && sector.position + SECTOR_BYTES >= endOf(newest);
    }

    /** How many entries a log has that ends where {@code sector} begins. */
    private int entriesBefore(Sector sector) throws IOException {
        SimDisk cut = copy();
        try (Disk.File file = cut.open(sector.segment)) {
            file.resize(sector.position);
        }
        try (FileLogStore store = open(cut)) {
            return (int) store.last().index();
        }
    }

    /** Of two sectors, one of which holds the end, the first that lies in the newest segment. */
    private Sector firstInNewest(Sector one, Sector other) {
        if (one.segment.equals(other.segment)) {
            return one.position < other.position ? one : other;
        }
        return holdsTheEnd(one) ? one : other;
    }

    @Test
    void everyFlippedBitIsRefusedOrHarmless() {
        int refused = 0;
        int harmless = 0;
        for (Path segment : segments) {
            int end = endOf(segment);
            for (int position = 0; position < end; position++) {
                SimDisk rotten = copy();
                rotten.flipBit(segment, position, (position * 5 + 3) % 8);
                List<Entry> found = found(rotten);
                if (found == null) {
                    refused++;
                } else {
                    harmless++;
                    assertThat(found).as(segment + " at " + position).isEqualTo(entries);
                }
            }
        }
        assertThat(refused).isGreaterThan(15_000);
        assertThat(harmless).as("bits of the last mark alone").isLessThanOrEqualTo(LogSegment.MARK_BYTES);
    }

    @Test
    void everyLostSectorIsRefusedUnlessItHoldsTheVeryEnd() throws IOException {
        int refused = 0;
        for (Sector sector : sectors()) {
            SimDisk rotten = copy();
            replace(rotten, sector, new byte[SECTOR_BYTES]);
            List<Entry> found = found(rotten);
            if (found == null) {
                refused++;
            } else {
                assertThat(holdsTheEnd(sector)).as(sector.toString()).isTrue();
                assertThat(found).isEqualTo(entries.subList(0, found.size()));
                assertThat(found).hasSizeGreaterThanOrEqualTo(entriesBefore(sector));
            }
        }
        assertThat(refused).isGreaterThan(30).isGreaterThanOrEqualTo(sectors().size() - 1);
    }

    /** What was meant for one sector is in another, and the one it was meant for is empty. */
    @Test
    void everyMisdirectedSectorIsRefusedUnlessTheVeryEndIsLost() throws IOException {
        int refused = 0;
        List<Sector> sectors = sectors();
        for (Sector meant : sectors) {
            for (Sector hit : sectors) {
                if (meant.equals(hit)) {
                    continue;
                }
                SimDisk rotten = copy();
                replace(rotten, hit, contentOf(meant));
                replace(rotten, meant, new byte[SECTOR_BYTES]);
                List<Entry> found = found(rotten);
                if (found == null) {
                    refused++;
                } else {
                    assertThat(holdsTheEnd(meant) || holdsTheEnd(hit))
                            .as(meant + " written to " + hit)
                            .isTrue();
                    assertThat(found).isEqualTo(entries.subList(0, found.size()));
                    assertThat(found).hasSizeGreaterThanOrEqualTo(entriesBefore(firstInNewest(meant, hit)));
                }
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    @Test
    void everyShorteningOfASealedSegmentIsRefused() throws IOException {
        for (Path segment : segments.subList(0, segments.size() - 1)) {
            for (int size = endOf(segment) - 1; size >= 0; size -= 7) {
                SimDisk cut = copy();
                try (Disk.File file = cut.open(segment)) {
                    file.resize(size);
                }
                assertThat(found(cut)).as(segment + " cut to " + size).isNull();
            }
        }
    }

    @Test
    void everyFlippedBitOfTermAndVoteIsSurvived() {
        Path file = LOG.resolve(HardStateFile.NAME);
        int second = written.contentOf(file).length / 2;
        for (int position = 0; position < 40; position++) {
            for (int copy : new int[] {0, second}) {
                SimDisk rotten = copy();
                rotten.flipBit(file, copy + position, position % 8);
                assertThat(found(rotten)).isEqualTo(entries);
            }
        }
    }

    @Test
    void termAndVoteAreNeverGuessedWhenBothCopiesAreDamaged() {
        Path file = LOG.resolve(HardStateFile.NAME);
        int second = written.contentOf(file).length / 2;
        for (int position = 0; position < 32; position++) {
            SimDisk rotten = copy();
            rotten.flipBit(file, position, position % 8);
            rotten.flipBit(file, second + 31 - position, position % 5);
            assertThatThrownBy(() -> open(rotten))
                    .isInstanceOf(StorageFailure.class)
                    .hasMessageContaining("Both copies of term and vote");
        }
    }
}
