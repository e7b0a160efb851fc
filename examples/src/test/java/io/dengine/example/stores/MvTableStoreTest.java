package io.dengine.example.stores;

import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.TableStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MvTableStoreTest extends TableStoreContract {

    @TempDir
    private Path directory;

    @Override
    protected TableStore openEmpty() {
        return MvTableStore.open(directory);
    }
}
