package io.dengine.statemachine.memory;

import io.dengine.statemachine.CheckpointContract;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.MemoryDisk;
import java.nio.file.Path;

class MemoryCheckpointTest extends CheckpointContract {

    private final MemoryDisk disk = new MemoryDisk();

    @Override
    protected TableStore open(Path directory) {
        return MemoryTableStore.open(disk, directory);
    }

    @Override
    protected Path directory(String name) {
        return Path.of(name);
    }
}
