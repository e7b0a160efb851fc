package io.dengine.storage.file;

import io.dengine.raft.entry.EntryId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogRestart;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a log, made or found, recovered and durable.
 *
 * @param hardState made before the first segment, so that a segment without it means that it was lost
 * @param segments at least one, oldest first, each following on the one before
 */
record OpenedLog(HardStateFile hardState, List<LogSegment> segments) {

    private static final Pattern SEGMENT_NAME = Pattern.compile("(\\d{20})\\.log");

    static OpenedLog open(Disk disk, Path directory, int segmentBytes) throws IOException {
        disk.createDirectories(directory);
        List<String> names = removeDrafts(disk, directory);
        boolean hasHardState = names.contains(HardStateFile.NAME);
        if (!hasHardState && names.stream().anyMatch(name -> isSegment(name) || name.equals(LogReset.NAME))) {
            throw missing(directory.resolve(HardStateFile.NAME));
        }
        // After a kill, names may be in the cache alone; what follows must not build on them.
        disk.syncDirectory(directory);
        LogRestart restart = LogReset.unfinished(disk, directory);
        if (restart != null) {
            LogReset.finish(disk, directory, restart, segmentBytes).close();
        }
        HardStateFile hardState =
                hasHardState ? HardStateFile.open(disk, directory) : HardStateFile.create(disk, directory);
        List<LogSegment> segments = new ArrayList<>();
        try {
            recover(disk, directory, segmentBytes, firstIndexes(disk, directory), segments);
            if (segments.isEmpty()) {
                if (hardState.load().term() > 0) {
                    throw missing(directory.resolve(LogSegment.nameOf(1)));
                }
                segments.add(LogSegment.create(disk, directory, EntryId.ZERO, 0, segmentBytes));
            }
            return new OpenedLog(hardState, List.copyOf(segments));
        } catch (IOException | StorageFailure e) {
            for (LogSegment segment : segments) {
                segment.close();
            }
            hardState.close();
            throw e;
        }
    }

    static boolean isSegment(String name) {
        return SEGMENT_NAME.matcher(name).matches();
    }

    private static List<Long> firstIndexes(Disk disk, Path directory) throws IOException {
        return disk.list(directory).stream()
                .map(SEGMENT_NAME::matcher)
                .filter(name -> name.matches())
                .map(name -> firstIndex(directory, name))
                .toList();
    }

    private static long firstIndex(Path directory, Matcher name) {
        BigInteger number = new BigInteger(name.group(1));
        if (number.signum() == 0 || number.bitLength() >= Long.SIZE) {
            throw SegmentRecovery.damaged(directory.resolve(name.group()), 0, "no log has an entry " + number);
        }
        return number.longValue();
    }

    /** Returns the names that are left. */
    private static List<String> removeDrafts(Disk disk, Path directory) throws IOException {
        List<String> left = new ArrayList<>();
        for (String name : disk.list(directory)) {
            if (name.endsWith(DraftFiles.SUFFIX)) {
                disk.delete(directory.resolve(name));
            } else {
                left.add(name);
            }
        }
        return left;
    }

    /** Adds the recovered segments to {@code opened}, where the caller finds them to close if one fails. */
    private static void recover(
            Disk disk, Path directory, int segmentBytes, List<Long> firstIndexes, List<LogSegment> opened)
            throws IOException {
        for (long firstIndex : firstIndexes) {
            Path path = directory.resolve(LogSegment.nameOf(firstIndex));
            boolean newest = opened.size() == firstIndexes.size() - 1;
            LogSegment before = opened.isEmpty() ? null : opened.get(opened.size() - 1);
            opened.add(SegmentRecovery.recover(disk, path, firstIndex, segmentBytes, before, newest));
        }
    }

    private static StorageFailure missing(Path file) {
        return new StorageFailure(
                Kind.CORRUPT,
                file + " is missing, though the rest of the log is there. Put it back if it was moved; otherwise empty"
                        + " this node's data directory and let the node join again under a new storage id.",
                null);
    }

    /** Returns the cluster time of the last entry, or of the one before the log if it is empty. */
    long lastClusterTimeMillis() throws IOException {
        LogSegment newest = segments.get(segments.size() - 1);
        return newest.clusterTimeAt(newest.endIndexExclusive() - 1);
    }
}
