package io.dengine.storage.file;

import io.dengine.config.Durability;
import io.dengine.storage.Disk;
import io.dengine.storage.LogStore;
import io.dengine.storage.LogStoreContract;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.NioDisk;
import io.dengine.storage.SimDisk;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class FileLogStoreContractTest {

    @Nested
    class OnNioDisk extends LogStoreContract {

        @TempDir
        private Path directory;

        @Override
        protected LogStore open() {
            return FileLogStore.open(new NioDisk(), directory.resolve("log"), 2048, Durability.OS_CACHE);
        }
    }

    @Nested
    class OnMemoryDisk extends LogStoreContract {

        private final Disk disk = new MemoryDisk();

        @Override
        protected LogStore open() {
            return FileLogStore.open(disk, Path.of("log"), 64 << 10, Durability.MEMORY);
        }
    }

    @Nested
    class OnSimDisk extends LogStoreContract {

        private final SimDisk disk = new SimDisk(new SplittableRandom(1));

        @Override
        protected LogStore open() {
            disk.crash();
            return FileLogStore.open(disk, Path.of("log"), 1024, Durability.FSYNC);
        }
    }
}
