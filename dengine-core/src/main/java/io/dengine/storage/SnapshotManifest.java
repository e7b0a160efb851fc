package io.dengine.storage;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import java.util.List;
import java.util.UUID;

/**
 * What a snapshot holds: the state after a committed entry, with the watch history up to there. Immutable.
 *
 * @param id names this very snapshot, among all of all nodes
 * @param last the last entry in it
 * @param clusterTimeMillis the cluster time of that entry
 * @param revision the store revision
 * @param stateHash the hash of the table, which a receiver compares with what it installed
 * @param membership the newest membership up to that entry
 * @param store the kind of table store that can open it
 * @param files its files, in order of name
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

    public SnapshotManifest {
        files = List.copyOf(files);
    }

    /** Returns the bytes of all files. */
    public long sizeBytes() {
        return files.stream().mapToLong(SnapshotFile::bytes).sum();
    }
}
