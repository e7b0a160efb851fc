package io.dengine.storage.file;

import io.dengine.storage.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Runs steps on a disk that may lose its power in their midst. */
final class Crashes {

    interface Steps {
        void run() throws IOException;
    }

    private Crashes() {}

    /** Returns whether {@code steps} came to their end. */
    static boolean survives(Steps steps) {
        try {
            steps.run();
            return true;
        } catch (SimDisk.PowerLoss expected) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
