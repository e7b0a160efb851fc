package io.dengine.statemachine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.TableStoreContract;
import io.dengine.statemachine.TableTwin;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

class RocksTableStoreTest extends TableStoreContract {

    @TempDir
    Path temp;

    @Override
    protected TableStore openEmpty() {
        return RocksTableStore.open(temp.resolve("state"));
    }

    @Test
    void reopenedStoreHoldsWhatTheClosedOneHeld() {
        TableTwin twin = new TableTwin(8, 100, 20);
        for (int i = 0; i < 100; i++) {
            twin.next(store);
        }

        store.close();
        store = RocksTableStore.open(temp.resolve("state"));

        twin.assertSameAs(store);
        assertThat(store.durableIndex()).isEqualTo(100);
    }

    @Test
    void onlyFlushMovesTheDurableIndex() {
        TableTwin twin = new TableTwin(9, 100, 20);
        twin.next(store);
        twin.next(store);
        assertThat(store.durableIndex()).isZero();

        assertThat(store.flush()).isEqualTo(2);

        twin.next(store);
        assertThat(store.durableIndex()).isEqualTo(2);
        assertThat(store.sizeBytes()).isPositive();
    }

    @Test
    void closedViewIsNotReadable() {
        TableStore.View view = store.view();
        view.close();
        view.close();

        assertThatThrownBy(view::applied).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> view.get(ByteSequence.EMPTY)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void directoryInUseIsMisplaced() {
        assertOpenFails(temp.resolve("state"), StorageFailure.Kind.LOCKED);
    }

    @Test
    void placeThatIsNoDirectoryIsAnIoFailure() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));

        assertOpenFails(file.resolve("below"), StorageFailure.Kind.IO);
    }

    @Test
    void damagedManifestIsCorrupt() throws IOException {
        store.close();
        Files.writeString(temp.resolve("state/CURRENT"), "nonsense\n");

        assertOpenFails(temp.resolve("state"), StorageFailure.Kind.CORRUPT);
    }

    @Test
    void newerFormatIsRefused() throws RocksDBException {
        setFormat(3);

        assertThatThrownBy(() -> RocksTableStore.open(temp.resolve("state")))
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("has format 3");
        // The failed open has let go of the directory.
        assertOpenFails(temp.resolve("state"), StorageFailure.Kind.OTHER_FORMAT);
    }

    @Test
    void olderFormatIsRefused() throws RocksDBException {
        setFormat(1);

        assertThatThrownBy(() -> RocksTableStore.open(temp.resolve("state")))
                .isInstanceOfSatisfying(
                        StorageFailure.class, e -> assertThat(e.kind()).isEqualTo(StorageFailure.Kind.OTHER_FORMAT))
                .hasMessageContaining("has format 1 of an older version");
    }

    private void setFormat(int version) throws RocksDBException {
        store.close();
        RocksDatabase database = RocksDatabase.open(temp.resolve("state"), RocksDatabase.WRITE_BUFFER_BYTES);
        database.db.put(
                database.meta,
                database.withoutWal,
                "format".getBytes(StandardCharsets.US_ASCII),
                ByteBuffer.allocate(4).putInt(version).array());
        database.close();
    }

    @Test
    void damagedBlockIsNeverServed() throws IOException {
        ByteSequence key = ByteSequence.of("key");
        StoredValue value = new StoredValue(ByteSequence.of("value".repeat(100)), 2, 2, 1, 0);
        store.apply(Map.of(key, new TableChange(value, 0)), new AppliedState(1, 1, 2, 0));
        store.flush();
        store.close();
        try (Stream<Path> files = Files.list(temp.resolve("state"))) {
            for (Path table :
                    files.filter(file -> file.toString().endsWith(".sst")).toList()) {
                byte[] bytes = Files.readAllBytes(table);
                if (new String(bytes, StandardCharsets.ISO_8859_1).contains("key")) {
                    bytes[10] ^= 1;
                    Files.write(table, bytes);
                }
            }
        }

        assertThatThrownBy(() -> {
                    store = RocksTableStore.open(temp.resolve("state"));
                    store.get(key);
                })
                .isInstanceOfSatisfying(
                        StorageFailure.class, e -> assertThat(e.kind()).isEqualTo(StorageFailure.Kind.CORRUPT));
    }

    @Test
    void noSpaceIsAFullDisk() {
        RocksDBException noSpace =
                new RocksDBException(new Status(Status.Code.IOError, Status.SubCode.NoSpace, "No space left"));

        assertThat(RocksFailure.of("cannot apply", noSpace).kind()).isEqualTo(StorageFailure.Kind.DISK_FULL);
    }

    private static void assertOpenFails(Path dir, StorageFailure.Kind kind) {
        assertThatThrownBy(() -> RocksTableStore.open(dir).close())
                .isInstanceOfSatisfying(
                        StorageFailure.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(dir.toString());
    }
}
