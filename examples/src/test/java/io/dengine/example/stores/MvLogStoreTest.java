package io.dengine.example.stores;

import io.dengine.storage.LogStore;
import io.dengine.storage.LogStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MvLogStoreTest extends LogStoreContract {

    @TempDir
    private Path directory;

    @Override
    protected LogStore open() {
        return MvLogStore.open(directory);
    }
}
