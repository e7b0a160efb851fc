package io.dengine.statemachine.rocksdb;

import io.dengine.statemachine.KvStateMachineContract;
import io.dengine.statemachine.TableStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

class RocksKvStateMachineTest extends KvStateMachineContract {

    @TempDir
    Path temp;

    private int stores;

    @Override
    protected TableStore openEmpty() {
        stores++;
        return RocksTableStore.open(temp.resolve("state" + stores));
    }

    /** What a crash leaves is a copy of the directory while the store is open: closing it would flush. */
    @Override
    protected TableStore crashAndReopen(TableStore store) {
        Path from = temp.resolve("state" + stores);
        stores++;
        Path to = temp.resolve("state" + stores);
        try (Stream<Path> files = Files.list(from)) {
            Files.createDirectory(to);
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store.close();
        return RocksTableStore.open(to);
    }

    @Override
    protected int histories() {
        return 10;
    }
}
