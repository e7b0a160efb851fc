package io.dengine.storage.file;

import io.dengine.storage.Disk;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How a file appears in one step: it is written and forced under a draft name, renamed, and the rename made durable.
 * A draft found at a start was never in use and may be thrown away.
 */
final class DraftFiles {

    static final String SUFFIX = ".draft";

    private DraftFiles() {}

    static void publish(Disk disk, Path draft, Path target) throws IOException {
        disk.rename(draft, target);
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(target + " has no directory");
        }
        disk.syncDirectory(directory);
    }
}
