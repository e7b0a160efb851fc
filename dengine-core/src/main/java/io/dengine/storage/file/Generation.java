package io.dengine.storage.file;

import io.dengine.raft.entry.EntryId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogRestart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which state is in use, as the file {@value #NAME} says. Its replacement is the one step that installs a snapshot: with
 * it changes the state, and with it the log is decided to start over, whenever that is then carried out.
 *
 * @param number of the directory with state and history; 1 is the first, made empty
 * @param restart where the log starts over for this state; null if it goes on
 */
record Generation(long number, @Nullable LogRestart restart) {

    static final String NAME = "current";
    static final Generation FIRST = new Generation(1, null);

    private static final String NUMBER = "generation";
    private static final String TERM = "log-restart-term";
    private static final String INDEX = "log-restart-index";
    private static final String CLUSTER_TIME = "log-restart-cluster-time-millis";

    private static final Pattern DIRECTORY = Pattern.compile("generation-(\\d{1,18})");

    /** Returns whether {@code name} is that of a directory of some generation. */
    static boolean isDirectory(String name) {
        return DIRECTORY.matcher(name).matches();
    }

    String directoryName() {
        return "generation-" + number;
    }

    /** Returns the number that no generation in a directory of these {@code names} has had. */
    long numberAfter(Iterable<String> names) {
        long highest = number;
        for (String name : names) {
            Matcher matcher = DIRECTORY.matcher(name);
            if (matcher.matches()) {
                highest = Math.max(highest, Long.parseLong(matcher.group(1)));
            }
        }
        return highest + 1;
    }

    static @Nullable Generation read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        SortedMap<String, String> values = CheckedTextFile.read(disk, path);
        if (values == null) {
            return null;
        }
        long number = CheckedTextFile.number(path, values, NUMBER);
        if (!values.containsKey(INDEX)) {
            return new Generation(number, null);
        }
        EntryId base =
                new EntryId(CheckedTextFile.number(path, values, TERM), CheckedTextFile.number(path, values, INDEX));
        return new Generation(number, new LogRestart(base, CheckedTextFile.number(path, values, CLUSTER_TIME)));
    }

    void write(Disk disk, Path directory) throws IOException {
        SortedMap<String, String> values = new TreeMap<>();
        values.put(NUMBER, Long.toString(number));
        if (restart != null) {
            values.put(TERM, Long.toString(restart.base().term()));
            values.put(INDEX, Long.toString(restart.base().index()));
            values.put(CLUSTER_TIME, Long.toString(restart.clusterTimeMillis()));
        }
        CheckedTextFile.replace(disk, directory.resolve(NAME), values);
    }
}
