package io.dengine.node;

import io.dengine.raft.Raft;
import io.dengine.raft.RestorePoint;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.SnapshotManifest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which offered snapshots this node fetches, and brings one that has arrived into the core. Not thread-safe: the
 * event loop's.
 */
final class SnapshotIntake {

    private static final Logger log = LoggerFactory.getLogger(SnapshotIntake.class);

    private final Raft raft;
    private final SnapshotAgent agent;
    private final String storeKind;
    private final Quarantine quarantine;
    private boolean toldOfOtherKind;

    /** What the core has been told to go on from, until it is in place. */
    private @Nullable SnapshotManifest restoring;

    /**
     * @param storeKind the kind of table store that this node can open
     * @param quarantine whether the state is to be replaced even by one that is not ahead of the log
     */
    SnapshotIntake(Raft raft, SnapshotAgent agent, String storeKind, Quarantine quarantine) {
        this.raft = raft;
        this.agent = agent;
        this.storeKind = storeKind;
        this.quarantine = quarantine;
    }

    void onOffer(NodeId from, SnapshotManifest manifest) {
        if (restoring != null || !isOfUse(manifest)) {
            return;
        }
        if (manifest.store().equals(storeKind)) {
            agent.fetch(from, manifest);
        } else if (!toldOfOtherKind) {
            toldOfOtherKind = true;
            log.error(
                    "node {} keeps its state in a store of kind '{}' and cannot take the snapshot that node {} offers,"
                            + " which is of kind '{}'. Set state-store to the same on all nodes, and start this one with"
                            + " an empty data directory",
                    raft.self(),
                    storeKind,
                    from,
                    manifest.store());
        }
    }

    /** A node whose state is good fetches only what it does not know to be committed; one whose state is not, anything newer. */
    private boolean isOfUse(SnapshotManifest manifest) {
        long index = manifest.last().index();
        return quarantine.isOn() ? index >= quarantine.leastIndex() : index > raft.commitIndex();
    }

    /** A snapshot is complete and durable. */
    void onArrived(SnapshotManifest manifest) {
        RestorePoint point = new RestorePoint(manifest.last(), manifest.clusterTimeMillis(), manifest.membership());
        if (restoring == null && isOfUse(manifest) && raft.restore(point)) {
            restoring = manifest;
        } else {
            agent.discard(manifest.id());
        }
    }

    /** The core hands out the restore it was told of. */
    Installation onRestore() {
        if (restoring == null) {
            throw new IllegalStateException("the core restores what it was not told of");
        }
        return new Installation(restoring);
    }

    /** The state goes on from the snapshot. */
    void onRestored(SnapshotManifest manifest) {
        restoring = null;
        agent.onInstalled(manifest.id());
        log.info(
                "node {} goes on from snapshot {}: entry {}, revision {}",
                raft.self(),
                manifest.id(),
                manifest.last(),
                manifest.revision());
    }
}
