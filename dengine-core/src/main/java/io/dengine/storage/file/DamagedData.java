package io.dengine.storage.file;

import io.dengine.storage.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the content of a data directory is moved out of the way, in steps that a crash may stop anywhere. Stateless.
 *
 * <p>The identity decides: once it has the new storage id and says that the old content is being set aside, nothing of
 * that is used again, and every start moves what is left until the identity no longer says so. Only the newest
 * such content is kept, for someone to look at: a disk that fails again and again must not fill itself.
 */
final class DamagedData {

    private static final Pattern DIRECTORY = Pattern.compile("damaged-(\\d{1,18})");

    /** Everything but the identity and what is known of peers. Nothing else is touched: it is somebody else's. */
    private static final Set<String> MOVING =
            Set.of(DataDirectory.LOG, Generation.NAME, DataDirectory.SNAPSHOTS, DataDirectory.STAGING);

    private DamagedData() {}

    static long nextNumber(Disk disk, Path directory) throws IOException {
        long highest = 0;
        for (String name : disk.list(directory)) {
            highest = Math.max(highest, numberIn(name));
        }
        return highest + 1;
    }

    private static long numberIn(String name) {
        Matcher matcher = DIRECTORY.matcher(name);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** Does what is left to do, and returns the identity that the directory has then. No other file in it may be open. */
    static Identity finish(Disk disk, Path directory, Identity identity) throws IOException {
        Path target = directory.resolve("damaged-" + identity.settingAside());
        disk.createDirectories(target);
        List<String> names = disk.list(directory);
        for (String name : names) {
            if (MOVING.contains(name) || Generation.isDirectory(name)) {
                disk.rename(directory.resolve(name), target.resolve(name));
            }
        }
        for (String name : names) {
            long number = numberIn(name);
            if (number > 0 && number != identity.settingAside()) {
                disk.deleteTree(directory.resolve(name));
            }
        }
        disk.syncDirectory(target);
        disk.syncDirectory(directory);
        Identity emptied = identity.setAside();
        emptied.write(disk, directory);
        return emptied;
    }
}
