package io.dengine.storage;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a node has on disk beside its log. Thread-safe. */
public interface NodeDirectory {

    /** Returns where the table store of the state in use lies. */
    Path state();

    /** Returns where the watch history of the state in use lies. */
    Path history();

    /** Returns the snapshots taken and received here. */
    Snapshots snapshots();

    /**
     * Makes a received snapshot the state in use. Durable on return; a crash meanwhile leaves the old one or this one. The
     * old one may still be open; {@link #deleteOldGenerations} is for when it is not. That its rows are what the manifest says is
     * not known yet: it is an {@link #uncheckedSnapshot} until {@link #trustState}.
     *
     * @param manifest a snapshot for which {@link StagedSnapshot#complete} has succeeded
     * @param resetLog whether the log starts over behind it, which the caller does next
     */
    void install(SnapshotManifest manifest, boolean resetLog);

    /** Deletes the states that are not in use, none of which may be open. */
    void deleteOldGenerations();

    /** Returns the snapshot that the state in use came with, if nobody has found yet that it is what that should be, or null. */
    @Nullable
    SnapshotManifest uncheckedSnapshot();

    /** Remembers, durably, that the state in use is what its snapshot should be. Before anything is changed in it. */
    void trustState();

    /**
     * Remembers, durably, that the state in use is not what it should be; one that is installed later is free of that.
     *
     * @param reason what is wrong with it
     */
    void distrustState(String reason);

    /** Returns what {@link #distrustState} was told, or null if the state in use may be trusted. */
    @Nullable
    String whyStateIsDistrusted();

    /** Returns the id of this very storage: a node that lost its data comes back with another. */
    UUID storageId();

    /** Returns what this storage is to its cluster. */
    Standing standing();

    /** Changes the {@link #standing}, durably. */
    void become(Standing standing);

    /** Returns the storage id that was remembered for {@code peer}, or null. */
    @Nullable
    UUID rememberedStorage(NodeId peer);

    /** Returns the addresses last remembered, in their order: where to ask for a place in the cluster when all else is lost. */
    List<PeerAddress> seeds();

    /** Remembers addresses of members, durably, in place of the earlier ones. */
    void rememberSeeds(Collection<PeerAddress> addresses);
}
