package io.dengine.statemachine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.statemachine.CheckpointContract;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.TableTwin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksCheckpointTest extends CheckpointContract {

    @TempDir
    Path temp;

    @Override
    protected TableStore open(Path directory) {
        return RocksTableStore.open(directory);
    }

    @Override
    protected Path directory(String name) {
        return temp.resolve(name);
    }

    @Test
    void checkpointMayTakeThePlaceOfAnEmptyDirectoryAndMakesMissingParents() throws IOException {
        Files.createDirectories(temp.resolve("a"));
        TableTwin twin = new TableTwin(2, 20, 20);
        try (TableStore source = open(directory("source"))) {
            twin.next(source);
            source.checkpoint(temp.resolve("a"));
            source.checkpoint(temp.resolve("b/c"));
            assertThat(source.durableIndex()).isEqualTo(1);
        }
        for (String name : new String[] {"a", "b/c"}) {
            try (TableStore copy = open(directory(name))) {
                twin.assertSameAs(copy);
            }
        }
    }
}
