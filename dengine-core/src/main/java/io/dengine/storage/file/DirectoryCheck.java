package io.dengine.storage.file;

import io.dengine.config.Durability;
import io.dengine.raft.entry.HardState;
import io.dengine.storage.Disk;
import io.dengine.storage.LogRestart;
import io.dengine.storage.NioDisk;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.StorageFailure;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a start would find in a data directory, and changes nothing in it: the code that opens a directory runs over an
 * {@link OverlayDisk}. Not checked are the table and the watch history, whose own stores do that. Stateless.
 */
public final class DirectoryCheck {

    /** Any size that a segment may have: nothing is appended. */
    private static final int SEGMENT_BYTES = 64 << 20;

    private final Disk disk = new OverlayDisk();
    private final Path directory;
    private final List<Finding> findings = new ArrayList<>();
    private @Nullable Generation inUse;

    /** What a finding means. */
    public enum Verdict {
        /** As it was written. */
        SOUND,
        /** Nothing is lost, and someone who looks after the node should know it. */
        NOTE,
        /** What was durable is damaged or missing: a node refuses to start on it, or sets it aside. */
        DAMAGED
    }

    /**
     * What was found in one part of a directory.
     *
     * @param part the file or directory, below the data directory
     * @param verdict what it means
     * @param text what was found
     */
    public record Finding(String part, Verdict verdict, String text) {}

    /** One look at one part. */
    private interface Look {
        void run() throws IOException;
    }

    private DirectoryCheck(Path directory) {
        this.directory = directory;
    }

    /** Returns whether a node has ever kept anything in {@code directory}. */
    public static boolean isDataDirectory(Path directory) throws IOException {
        Disk disk = new OverlayDisk();
        return disk.exists(directory.resolve(Identity.NAME))
                || disk.exists(directory.resolve(Generation.NAME))
                || disk.isDirectory(directory.resolve(DataDirectory.LOG));
    }

    /**
     * Looks at everything; no node can start on the directory meanwhile.
     *
     * @return what was found, one finding or more for each part
     * @throws StorageFailure LOCKED if a node runs on it; IO
     */
    public static List<Finding> of(Path directory) {
        try {
            Closeable lock = new NioDisk().lockToLook(directory);
            try {
                return new DirectoryCheck(directory).everything();
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw StorageFailure.of("looking at " + directory, e);
        }
    }

    private List<Finding> everything() {
        look(Identity.NAME, this::identity);
        look(PeerMemory.NAME, this::peers);
        look(Generation.NAME, this::generation);
        look(DataDirectory.LOG, this::log);
        look(DataDirectory.STAGING, this::staging);
        return List.copyOf(findings);
    }

    private void look(String part, Look look) {
        try {
            look.run();
        } catch (StorageFailure e) {
            found(part, Verdict.DAMAGED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            found(part, Verdict.DAMAGED, "it cannot be read: " + e);
        }
    }

    private void found(String part, Verdict verdict, String text) {
        findings.add(new Finding(part, verdict, text));
    }

    private void identity() throws IOException {
        Identity identity = Identity.read(disk, directory);
        if (identity == null) {
            throw CheckedTextFile.damaged(directory.resolve(Identity.NAME), "it is missing, though there is data");
        }
        found(
                Identity.NAME,
                Verdict.SOUND,
                "node " + identity.node() + " of the cluster '" + identity.clusterName() + "', storage "
                        + identity.storageId());
        if (identity.settingAside() > 0) {
            found(
                    Identity.NAME,
                    Verdict.NOTE,
                    "a damaged log is being set aside: the next start goes on with it, and joins the cluster again");
        }
        for (String name : disk.list(directory)) {
            if (name.startsWith("damaged-")) {
                found(name, Verdict.NOTE, "set aside when it was found damaged; not in use, may be deleted");
            }
        }
    }

    private void peers() throws IOException {
        int seeds = new PeerMemory(disk, directory).seeds().size();
        found(PeerMemory.NAME, Verdict.SOUND, seeds + (seeds == 1 ? " address" : " addresses") + " of members known");
    }

    private void generation() throws IOException {
        Generation current = Generation.read(disk, directory);
        if (current == null) {
            throw CheckedTextFile.damaged(directory.resolve(Generation.NAME), "it is missing, though there is data");
        }
        inUse = current;
        Path state = directory.resolve(current.directoryName());
        boolean begun = disk.exists(directory.resolve(DataDirectory.LOG).resolve(HardStateFile.NAME));
        if (begun && !disk.exists(state)) {
            throw CheckedTextFile.damaged(state, "it is missing, though it is in use");
        }
        found(Generation.NAME, Verdict.SOUND, current.directoryName() + " is in use; table and history are not read");
        SortedMap<String, String> distrusted = CheckedTextFile.read(disk, state.resolve(DataDirectory.DISTRUSTED));
        if (distrusted != null) {
            found(
                    current.directoryName(),
                    Verdict.NOTE,
                    "the state is in quarantine and will be fetched again: " + distrusted.get(DataDirectory.REASON));
        }
    }

    private void log() throws IOException {
        Path path = directory.resolve(DataDirectory.LOG);
        long bytesBefore = sizeOf(path);
        try (FileLogStore log = FileLogStore.open(disk, path, SEGMENT_BYTES, Durability.FSYNC)) {
            HardState promised = log.hardState();
            found(
                    DataDirectory.LOG,
                    Verdict.SOUND,
                    extent(log) + " in " + bytesBefore + " bytes; term " + promised.term() + ", vote "
                            + (promised.votedFor() == null ? "for nobody" : "for node " + promised.votedFor()));
            LogRestart restart = inUse == null ? null : inUse.restart();
            if (restart != null && restart.isDue(log)) {
                found(
                        DataDirectory.LOG,
                        Verdict.NOTE,
                        "it is to start over behind entry "
                                + restart.base().index()
                                + ", the end of an installed snapshot: the next start does that");
            }
        }
    }

    private static String extent(FileLogStore log) {
        return log.last().equals(log.base())
                ? "no entry behind " + log.base().index()
                : "entries " + (log.base().index() + 1) + " to " + log.last().index() + ", the last of term "
                        + log.last().term() + ",";
    }

    private long sizeOf(Path path) throws IOException {
        long bytes = 0;
        for (String name : disk.list(path)) {
            try (Disk.File file = disk.open(path.resolve(name))) {
                bytes += file.size();
            }
        }
        return bytes;
    }

    private void staging() throws IOException {
        Path staged = directory.resolve(DataDirectory.STAGING);
        for (String name : disk.list(staged)) {
            String part = DataDirectory.STAGING + "/" + name;
            SnapshotManifest manifest = Staging.readManifest(disk, staged.resolve(name));
            if (manifest == null || !manifest.id().toString().equals(name)) {
                found(part, Verdict.NOTE, "no manifest that can be read: the next start deletes it");
            } else {
                received(part, staged.resolve(name), manifest);
            }
        }
    }

    /** What does not match is received again, so none of it is damage. */
    private void received(String part, Path path, SnapshotManifest manifest) throws IOException {
        int whole = 0;
        String bad = null;
        for (SnapshotFile file : manifest.files()) {
            if (!disk.exists(path.resolve(file.name()))) {
                continue;
            }
            try (Disk.File found = disk.open(path.resolve(file.name()))) {
                if (found.size() == file.bytes()) {
                    if (Staging.checksum(found, file.bytes()) == file.crc32c()) {
                        whole++;
                    } else {
                        bad = file.name();
                    }
                }
            }
        }
        found(
                part,
                Verdict.NOTE,
                "a snapshot up to entry " + manifest.last().index() + " is being received: " + whole + " of "
                        + manifest.files().size() + " files are whole"
                        + (bad == null ? "" : ", and " + bad + " does not match its checksum and is received again"));
    }
}
