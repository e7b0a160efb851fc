package io.dengine.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.fuzz.HeapFiles;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Recovery of a history file. It never fails: damage ends the run of revisions that is served. All of that run can be
 * read, each revision as the bytes it came from, and a second recovery finds the same.
 */
public final class EventSegmentFuzz implements FuzzTarget {

    private static final Path DIRECTORY = Path.of("history");
    private static final Path FILE = DIRECTORY.resolve(EventSegment.name(2));
    private static final long MIDDLE_REVISION = 5;
    private static final WatchRequest ALL =
            WatchRequest.prefix(ByteSequence.EMPTY).withPreviousValue();

    @Override
    public boolean accepts(byte[] input) throws IOException {
        byte[] sealed = Checksums.ofEventSegment(input);
        boolean found = false;
        for (long lastRevision : new long[] {MIDDLE_REVISION, Long.MAX_VALUE}) {
            found |= recovers(input, lastRevision);
            found |= recovers(sealed, lastRevision);
        }
        return found;
    }

    private static boolean recovers(byte[] input, long lastRevision) throws IOException {
        Disk disk = new MemoryDisk();
        HeapFiles.put(disk, FILE, input);
        List<Delivery> found = recover(disk, lastRevision, input);
        byte[] file = HeapFiles.get(disk, FILE);
        assertThat(file.length).isLessThanOrEqualTo(input.length);
        assertThat(recover(disk, lastRevision, file)).isEqualTo(found);
        return !found.isEmpty();
    }

    private static List<Delivery> recover(Disk disk, long lastRevision, byte[] file) {
        EventSegment segment = EventSegment.recover(disk, FILE, lastRevision);
        List<Delivery> found = new ArrayList<>();
        if (!segment.isEmpty()) {
            long last = segment.lastRevision();
            assertThat(last).isLessThanOrEqualTo(lastRevision);
            long next = segment.firstRevision();
            while (next <= last) {
                HistoryPage page = segment.read(next, ALL);
                assertThat(page.through()).isBetween(next, last);
                found.addAll(page.deliveries());
                if (page.through() == Long.MAX_VALUE) {
                    break;
                }
                next = page.through() + 1;
            }
            assertAreIn(file, found);
        }
        segment.release();
        return found;
    }

    private static void assertAreIn(byte[] file, List<Delivery> found) {
        int from = 0;
        for (Delivery delivery : found) {
            RevisionEvents change = new RevisionEvents(delivery.revision(), delivery.events());
            ByteBuffer record = ByteBuffer.allocate(EventRecord.size(change));
            EventRecord.write(change, record);
            from = indexOf(file, record.array(), from);
            assertThat(from)
                    .as("where revision " + delivery.revision() + " lies")
                    .isPositive();
        }
    }

    private static int indexOf(byte[] file, byte[] record, int from) {
        ByteBuffer sought = ByteBuffer.wrap(record);
        for (int at = from; at + record.length <= file.length; at++) {
            if (ByteBuffer.wrap(file, at, record.length).equals(sought)) {
                return at;
            }
        }
        return -1;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(written(2), written(5), written(8));
    }

    /** Revisions 2 to {@code last}: puts and deletes, with and without what was before, several in one revision. */
    private static byte[] written(long last) throws IOException {
        Disk disk = new MemoryDisk();
        disk.createDirectories(DIRECTORY);
        EventSegment segment = EventSegment.create(disk, DIRECTORY, 2);
        for (long revision = 2; revision <= last; revision++) {
            List<WatchEvent> events = new ArrayList<>();
            for (int i = 0; i < revision % 3 + 1; i++) {
                ByteSequence key = ByteSequence.of("key" + i);
                KeyValue entry = new KeyValue(key, ByteSequence.of("v" + revision), 2, revision, revision - 1);
                KeyValue before = new KeyValue(key, ByteSequence.of("before"), 2, revision - 1, revision - 2);
                WatchEvent.Type type = revision % 4 == 3 ? WatchEvent.Type.DELETE : WatchEvent.Type.PUT;
                events.add(new WatchEvent(type, entry, revision % 2 == 0 ? null : before));
            }
            segment.append(List.of(new RevisionEvents(revision, events)), 0, ByteBuffer.allocate(1000));
        }
        segment.release();
        return HeapFiles.get(disk, DIRECTORY.resolve(EventSegment.name(2)));
    }
}
