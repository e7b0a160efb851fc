package io.dengine.example.stores;

import io.dengine.statemachine.CheckpointContract;
import io.dengine.statemachine.TableStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MvCheckpointTest extends CheckpointContract {

    @TempDir
    private Path root;

    @Override
    protected TableStore open(Path directory) {
        return MvTableStore.open(directory);
    }

    @Override
    protected Path directory(String name) {
        return root.resolve(name);
    }
}
