package io.dengine.storage;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a snapshot holds: the state after a committed entry, with the watch history up to there. Immutable.
 *
 * @param id names this very snapshot, among all of all nodes
 * @param last the last entry in it
 * @param clusterTimeMillis the cluster time of that entry
 * @param revision the store revision
 * @param stateHash the hash of the table, which a receiver compares with what it installed
 * @param membership the newest membership up to that entry
 * @param store the kind of table store that can open it: 1 to 32 small letters, digits and dashes
 * @param files its files, in order of name, at most {@link #MAX_FILES}
 */
public record SnapshotManifest(
        UUID id,
        EntryId last,
        long clusterTimeMillis,
        long revision,
        long stateHash,
        Membership membership,
        String store,
        List<SnapshotFile> files) {

    /** The most files of one snapshot. */
    public static final int MAX_FILES = 1 << 16;

    private static final Pattern STORE = Pattern.compile("[a-z0-9-]{1,32}");

    public SnapshotManifest {
        files = List.copyOf(files);
        if (!STORE.matcher(store).matches()) {
            throw new IllegalArgumentException("no kind of table store: '" + store + "'");
        }
        if (files.size() > MAX_FILES) {
            throw new IllegalArgumentException("a snapshot of " + files.size() + " files");
        }
        for (int i = 1; i < files.size(); i++) {
            if (files.get(i - 1).name().compareTo(files.get(i).name()) >= 0) {
                throw new IllegalArgumentException("the files of a snapshot are not in order of name at "
                        + files.get(i).name());
            }
        }
    }

    /** Returns this manifest with other files. */
    public SnapshotManifest withFiles(List<SnapshotFile> others) {
        return new SnapshotManifest(id, last, clusterTimeMillis, revision, stateHash, membership, store, others);
    }

    /** Returns the bytes of all files. */
    public long sizeBytes() {
        return files.stream().mapToLong(SnapshotFile::bytes).sum();
    }
}
