package io.dengine.storage;

import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class DiskContractTest {

    @Nested
    class OfNioDisk extends DiskContract {

        @TempDir
        private Path directory;

        @Override
        protected Disk disk() {
            return new NioDisk();
        }

        @Override
        protected Path top() {
            return directory;
        }
    }

    @Nested
    class OfMemoryDisk extends DiskContract {

        @Override
        protected Disk disk() {
            return new MemoryDisk();
        }

        @Override
        protected Path top() {
            return Path.of("data");
        }
    }

    @Nested
    class OfSimDisk extends DiskContract {

        @Override
        protected Disk disk() {
            return new SimDisk(new SplittableRandom(1));
        }

        @Override
        protected Path top() {
            return Path.of("/data");
        }
    }
}
