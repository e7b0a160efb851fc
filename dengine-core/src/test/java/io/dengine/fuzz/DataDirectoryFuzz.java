package io.dengine.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.Durability;
import io.dengine.config.WatchSettings;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.file.DataDirectory;
import io.dengine.storage.file.FileLogStore;
import io.dengine.watch.EventHistory;
import io.dengine.watch.EventSegmentFuzz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A node's whole directory, damaged by {@link DirectoryEdits} and opened as a node opens it. It opens, or is refused with
 * every segment as it was; what opens works, and is the same at the next start; and unless the edits forge something,
 * nothing is found that was not written.
 */
final class DataDirectoryFuzz implements FuzzTarget {

    private static final Path DATA = Path.of("data");
    private static final NodeId SELF = NodeId.of(1);
    private static final String HISTORY = "generation-1/history";
    private static final UUID STORAGE = new UUID(1, 1);
    private static final HardState HARD_STATE = new HardState(4, NodeId.of(2));
    private static final long APPLIED_REVISION = 8;
    private static final int ENTRIES = 24;

    private final Map<String, byte[]> base;
    private final String[] names;
    private final List<Entry> entries = new ArrayList<>();

    DataDirectoryFuzz() throws IOException {
        base = written();
        names = DirectoryEdits.names(
                base.keySet(),
                "identity.draft",
                "current.draft",
                "generation-1/distrusted",
                "generation-2/history/events-0000000000000000002",
                "staging/notes.txt",
                "damaged-1/identity",
                "log/hard-state.draft",
                "log/00000000000000000001.log.draft",
                "log/00000000000000000000.log",
                "log/00000000000000000002.log",
                "log/09223372036854775807.log",
                "log/99999999999999999999.log",
                "log/notes.txt",
                HISTORY + "/events-0000000000000000000",
                HISTORY + "/events-0000000000000000005",
                HISTORY + "/events-9999999999999999999");
    }

    private record Opened(DataDirectory directory, FileLogStore log, EventHistory history) implements AutoCloseable {

        /** Returns what else a node reads at its start. */
        List<Object> memory() {
            return Arrays.asList(directory.seeds(), directory.whyStateIsDistrusted());
        }

        @Override
        public void close() {
            history.close();
            log.close();
            directory.close();
        }
    }

    private static DataDirectory openDirectory(Disk disk) {
        return DataDirectory.open(disk, DATA, "fuzz", SELF, () -> STORAGE);
    }

    private static FileLogStore openLog(Disk disk) {
        return FileLogStore.open(disk, DATA.resolve("log"), FileLogStore.MIN_SEGMENT_BYTES, Durability.FSYNC);
    }

    /** In the order of a node's assembly; what was opened is closed where a later part is refused. */
    private static Opened open(Disk disk) {
        DataDirectory directory = openDirectory(disk);
        try {
            FileLogStore log = openLog(disk);
            try {
                directory.finishInstall(log);
                EventHistory history =
                        EventHistory.open(disk, directory.history(), WatchSettings.DEFAULT, APPLIED_REVISION);
                return new Opened(directory, log, history);
            } catch (StorageFailure e) {
                log.close();
                throw e;
            }
        } catch (StorageFailure e) {
            directory.close();
            throw e;
        }
    }

    private Map<String, byte[]> written() throws IOException {
        Disk disk = new MemoryDisk();
        try (DataDirectory directory = openDirectory(disk);
                FileLogStore log = openLog(disk)) {
            assertThat(directory.recognizes(NodeId.of(2), new UUID(2, 2))).isTrue();
            for (int index = 1; index <= ENTRIES; index++) {
                Entry entry = LogStoreContract.entry(1 + index / 10, index, index % 5 * 12);
                entries.add(entry);
                log.append(List.of(entry));
                log.sync();
            }
            log.save(HARD_STATE);
        }
        Map<String, byte[]> files = contentOf(disk);
        files.put(
                HISTORY + "/events-0000000000000000002",
                new EventSegmentFuzz().seeds().get(2));
        return files;
    }

    /** Returns every file, by its path below the directory. */
    private static Map<String, byte[]> contentOf(Disk disk) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        collect(disk, DATA, files);
        return files;
    }

    private static void collect(Disk disk, Path path, Map<String, byte[]> files) throws IOException {
        if (!disk.isDirectory(path)) {
            files.put(DATA.relativize(path).toString(), HeapFiles.get(disk, path));
            return;
        }
        for (String name : disk.list(path)) {
            collect(disk, path.resolve(name), files);
        }
    }

    @Override
    public boolean accepts(byte[] input) throws IOException {
        Map<String, byte[]> files = new TreeMap<>(base);
        DirectoryEdits edits = new DirectoryEdits(input, files, names);
        edits.apply();
        Disk disk = new MemoryDisk();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            HeapFiles.put(disk, DATA.resolve(file.getKey()), file.getValue());
        }
        List<Entry> found;
        HardState hardState;
        long oldest;
        List<Object> memory;
        try (Opened opened = open(disk)) {
            memory = opened.memory();
            found = read(opened.log);
            hardState = opened.log.hardState();
            oldest = opened.history.oldestRevision();
        } catch (StorageFailure refused) {
            if (!startsLogOver(files)) {
                assertRefusedUnchanged(refused, files, contentOf(disk));
            }
            return false;
        }
        if (!edits.forged()) {
            assertWritten(found, hardState);
        }
        try (Opened again = open(disk)) {
            assertThat(read(again.log)).isEqualTo(found);
            assertThat(again.log.hardState()).isEqualTo(hardState);
            assertThat(again.history.oldestRevision()).isEqualTo(oldest);
            assertThat(again.memory()).isEqualTo(memory);
            goesOn(again.log);
        }
        return true;
    }

    private static boolean startsLogOver(Map<String, byte[]> files) {
        byte[] current = files.getOrDefault("current", new byte[0]);
        return new String(current, StandardCharsets.ISO_8859_1).contains("log-restart");
    }

    private static List<Entry> read(FileLogStore log) {
        EntryId base = log.base();
        EntryId last = log.last();
        return base.equals(last) ? List.of() : log.read(base.index() + 1, last.index() + 1, Long.MAX_VALUE);
    }

    private static void assertRefusedUnchanged(
            StorageFailure refused, Map<String, byte[]> before, Map<String, byte[]> after) {
        assertThat(refused.kind())
                .isNotIn(StorageFailure.Kind.IO, StorageFailure.Kind.DISK_FULL, StorageFailure.Kind.LOCKED);
        before.forEach((name, bytes) -> {
            if (name.endsWith(".log")) {
                assertThat(after.get(name)).as(name).isEqualTo(bytes);
            }
        });
    }

    /** Damage alone may take from the end of a log, where no mark is left to tell, and from nowhere else. */
    private void assertWritten(List<Entry> found, HardState hardState) {
        if (found.isEmpty()) {
            assertThat(hardState).isIn(HARD_STATE, HardState.INITIAL);
            return;
        }
        assertThat(hardState).isEqualTo(HARD_STATE);
        int first = (int) found.get(0).index() - 1;
        assertThat(found).isEqualTo(entries.subList(first, first + found.size()));
    }

    private static void goesOn(FileLogStore log) {
        EntryId last = log.last();
        if (last.index() > Long.MAX_VALUE / 100 || last.term() > Long.MAX_VALUE / 100) {
            return;
        }
        Entry next = LogStoreContract.entry(last.term() + 1, last.index() + 1, 40);
        log.append(List.of(next));
        log.sync();
        assertThat(log.read(next.index(), next.index() + 1, 1000)).containsExactly(next);
    }

    @Override
    public List<byte[]> seeds() {
        String newest =
                base.keySet().stream().filter(name -> name.endsWith(".log")).reduce("", (one, other) -> other);
        return List.of(
                DirectoryEdits.edit(DirectoryEdits.Kind.FLIP, "log/hard-state", 9, 1, names),
                DirectoryEdits.edit(DirectoryEdits.Kind.CUT, newest, base.get(newest).length - 5, 0, names),
                DirectoryEdits.edit(DirectoryEdits.Kind.DELETE, "peers", 0, 0, names),
                DirectoryEdits.edit(DirectoryEdits.Kind.REPLACE, "identity.draft", 0, 3, names),
                DirectoryEdits.edit(DirectoryEdits.Kind.SEAL, "identity", 0, 0, names));
    }
}
