package io.dengine.statemachine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.fuzz.HeapFiles;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The file of the table in memory, as a start finds it and as a snapshot brings it. What opens has its keys in order and
 * each of them once, and is the same when it is written again.
 */
final class TableFileFuzz implements FuzzTarget {

    private static final Path DIRECTORY = Path.of("state");
    private static final Path COPY = Path.of("copy");
    private static final String FILE = "table";

    private record Row(ByteSequence key, StoredValue value) {}

    @Override
    public boolean accepts(byte[] input) throws IOException {
        boolean asIs = opens(input);
        boolean sealed = opens(Checksums.ofTable(input));
        return asIs || sealed;
    }

    private static boolean opens(byte[] input) throws IOException {
        Disk disk = new MemoryDisk();
        HeapFiles.put(disk, DIRECTORY.resolve(FILE), input);
        AppliedState applied;
        List<Row> rows;
        try (MemoryTableStore store = MemoryTableStore.open(disk, DIRECTORY)) {
            applied = store.applied();
            rows = rowsOf(store);
            for (int i = 1; i < rows.size(); i++) {
                byte[] before = rows.get(i - 1).key.array();
                assertThat(Arrays.compareUnsigned(before, rows.get(i).key.array()))
                        .isNegative();
            }
            for (Row row : rows) {
                assertThat(store.get(row.key)).isEqualTo(row.value);
            }
            store.checkpoint(COPY);
        } catch (StorageFailure refused) {
            assertThat(refused.kind()).isIn(StorageFailure.Kind.CORRUPT, StorageFailure.Kind.OTHER_FORMAT);
            assertThat(HeapFiles.get(disk, DIRECTORY.resolve(FILE))).isEqualTo(input);
            return false;
        }
        try (MemoryTableStore again = MemoryTableStore.open(disk, COPY)) {
            assertThat(again.applied()).isEqualTo(applied);
            assertThat(rowsOf(again)).isEqualTo(rows);
        }
        return true;
    }

    private static List<Row> rowsOf(TableStore store) {
        List<Row> rows = new ArrayList<>();
        try (TableStore.View view = store.view()) {
            view.scan(ByteSequence.EMPTY, null, (key, value) -> rows.add(new Row(key, value)));
        }
        return rows;
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(written(0), written(5));
    }

    private static byte[] written(int rows) throws IOException {
        Disk disk = new MemoryDisk();
        Map<ByteSequence, TableChange> changes = new TreeMap<>();
        for (int i = 0; i < rows; i++) {
            StoredValue value = new StoredValue(ByteSequence.of("value" + i), 2, 3 + i, i, i % 2 * 60_000L);
            changes.put(ByteSequence.of("key" + i), new TableChange(value, 0));
        }
        Membership membership = Membership.ofVoters(Set.of(NodeId.of(1), NodeId.of(2)));
        try (MemoryTableStore store = MemoryTableStore.open(disk, DIRECTORY)) {
            store.apply(changes, new AppliedState(7, 3, 9, 1_000, 77, membership));
            assertThat(store.flush()).isEqualTo(7);
        }
        return HeapFiles.get(disk, DIRECTORY.resolve(FILE));
    }
}
