package io.dengine.storage.file;

import io.dengine.raft.entry.EntryId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogRestart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * How a log starts over, in steps that a crash may stop anywhere. Stateless.
 *
 * <p>A small file {@value #NAME} says where to, and its appearance decides: before, the log is the old one; from then on,
 * it is the new one, and every start carries the rest out again until the file is gone. The old segments are gone
 * for good before the new one is made, and the file is gone before anything is appended to that: entries
 * of the old log are never beside those of the new one.
 */
final class LogReset {

    static final String NAME = "reset";

    private static final String TERM = "term";
    private static final String INDEX = "index";
    private static final String CLUSTER_TIME = "cluster-time-millis";

    private LogReset() {}

    static void begin(Disk disk, Path directory, LogRestart restart) throws IOException {
        CheckedTextFile.replace(
                disk,
                directory.resolve(NAME),
                Map.of(
                        TERM, Long.toString(restart.base().term()),
                        INDEX, Long.toString(restart.base().index()),
                        CLUSTER_TIME, Long.toString(restart.clusterTimeMillis())));
    }

    /** Returns what was begun and not finished, or null. */
    static @Nullable LogRestart unfinished(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        SortedMap<String, String> values = CheckedTextFile.read(disk, path);
        if (values == null) {
            return null;
        }
        EntryId base =
                new EntryId(CheckedTextFile.number(path, values, TERM), CheckedTextFile.number(path, values, INDEX));
        return new LogRestart(base, CheckedTextFile.number(path, values, CLUSTER_TIME));
    }

    /** Does what is left to do, and returns the only segment. No file of the log may be open. */
    static LogSegment finish(Disk disk, Path directory, LogRestart restart, int segmentBytes) throws IOException {
        for (String name : disk.list(directory)) {
            if (OpenedLog.isSegment(name)) {
                disk.delete(directory.resolve(name));
            }
        }
        disk.syncDirectory(directory);
        LogSegment only = LogSegment.create(disk, directory, restart.base(), restart.clusterTimeMillis(), segmentBytes);
        disk.delete(directory.resolve(NAME));
        disk.syncDirectory(directory);
        return only;
    }
}
