package io.dengine.storage.file;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.LogRestart;
import io.dengine.storage.LogStore;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.Standing;
import io.dengine.storage.StorageFailure;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The directory where one node keeps everything, held for one engine at a time, and whose it is: which cluster's, which
 * node's, and a storage id that dies with it. Thread-safe.
 *
 * <pre>
 * lock            held while open
 * identity        text: cluster, node, storage id; set aside or not
 * peers           text: the storage id of each peer that was met, and addresses of members
 * current         text: the generation in use, and where the log starts over for it
 * log/            segments and hard state
 * generation-N/   state/ the table store, history/ watch history; the first made here, the others received, with their
 *                 manifest until the state was found to be what that says
 * snapshots/ID/   snapshots taken, to be sent
 * staging/ID/     a snapshot being received
 * damaged-N/      what was in use before it was found damaged
 * </pre>
 */
public final class DataDirectory implements NodeDirectory, AutoCloseable {

    static final String LOG = "log";
    private static final String STATE = "state";
    static final String DISTRUSTED = "distrusted";
    static final String REASON = "reason";
    private static final String HISTORY = "history";
    static final String SNAPSHOTS = "snapshots";
    static final String STAGING = "staging";

    private final Disk disk;
    private final Path directory;
    private final Closeable lock;
    private final Supplier<UUID> storageIds;
    private final PeerMemory peers;
    private volatile Identity identity;
    private volatile Generation generation;
    private volatile SnapshotStore snapshots;

    private DataDirectory(Disk disk, Path directory, Closeable lock, Identity identity, Supplier<UUID> storageIds)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.lock = lock;
        this.storageIds = storageIds;
        this.peers = new PeerMemory(disk, directory);
        this.identity = identity.settingAside() == 0 ? identity : DamagedData.finish(disk, directory, identity);
        this.generation = openGeneration(disk, directory);
        this.snapshots = SnapshotStore.open(disk, directory.resolve(SNAPSHOTS), directory.resolve(STAGING));
    }

    /**
     * Takes the directory, making it and its identity if it is new, and brings to an end what a crash has interrupted.
     *
     * @param storageIds gives the id of a new storage; random, so that no two storages share one
     * @throws StorageFailure LOCKED, WRONG_CLUSTER or WRONG_NODE if it is not this node's to take; CORRUPT, OTHER_FORMAT,
     *     IO, DISK_FULL
     */
    public static DataDirectory open(
            Disk disk, Path directory, String clusterName, NodeId self, Supplier<UUID> storageIds) {
        try {
            disk.createDirectories(directory);
            Closeable lock = disk.lock(directory);
            try {
                Identity identity = identify(disk, directory, clusterName, self, storageIds);
                return new DataDirectory(disk, directory, lock, identity, storageIds);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw StorageFailure.of("opening the data directory " + directory, e);
        }
    }

    /** Returns the id of the cluster of that name: the same on every node, without asking anybody. */
    public static UUID clusterIdOf(String clusterName) {
        return Identity.clusterIdOf(clusterName);
    }

    private static Identity identify(
            Disk disk, Path directory, String clusterName, NodeId self, Supplier<UUID> storageIds) throws IOException {
        Identity found = Identity.read(disk, directory);
        if (found == null) {
            requireNothingWithout(disk, directory, Identity.NAME);
            Identity made = new Identity(clusterName, self, storageIds.get(), Standing.FOUNDER, 0);
            made.write(disk, directory);
            return made;
        }
        found.requireFor(directory, clusterName, self);
        // After a kill, names may be in the cache alone; what follows must not build on them.
        disk.syncDirectory(directory);
        return found;
    }

    /** The identity is the first file made, then comes {@code current}, then all else. */
    private static void requireNothingWithout(Disk disk, Path directory, String missing) throws IOException {
        for (String name : disk.list(directory)) {
            if (name.equals(LOG) || name.equals(Generation.NAME) || Generation.isDirectory(name)) {
                throw CheckedTextFile.damaged(
                        directory.resolve(missing), "it is missing, though there is " + directory.resolve(name));
            }
        }
    }

    /** Returns the generation in use, made if there is none yet, and deletes what is left of others. */
    private static Generation openGeneration(Disk disk, Path directory) throws IOException {
        Generation current = Generation.read(disk, directory);
        if (current == null) {
            requireNothingWithout(disk, directory, Generation.NAME);
            current = Generation.FIRST;
            current.write(disk, directory);
        }
        deleteOthers(disk, directory, current);
        Path inUse = directory.resolve(current.directoryName());
        boolean isNew = current.equals(Generation.FIRST)
                && disk.list(directory.resolve(LOG)).isEmpty();
        if (!isNew && !disk.exists(inUse)) {
            throw CheckedTextFile.damaged(inUse, "it is missing, though it is in use");
        }
        disk.createDirectories(inUse.resolve(STATE));
        disk.createDirectories(inUse.resolve(HISTORY));
        disk.syncDirectory(inUse);
        disk.syncDirectory(directory);
        return current;
    }

    private static void deleteOthers(Disk disk, Path directory, Generation current) throws IOException {
        for (String name : disk.list(directory)) {
            if (Generation.isDirectory(name) && !name.equals(current.directoryName())) {
                disk.deleteTree(directory.resolve(name));
            } else if (name.endsWith(DraftFiles.SUFFIX)) {
                disk.delete(directory.resolve(name));
            }
        }
    }

    /** Returns the id shared by all nodes of the cluster. */
    public UUID clusterId() {
        return identity.clusterId();
    }

    @Override
    public UUID storageId() {
        return identity.storageId();
    }

    @Override
    public synchronized Standing standing() {
        return identity.standing();
    }

    @Override
    public synchronized void become(Standing standing) {
        if (identity.standing() == standing) {
            return;
        }
        try {
            Identity next = identity.with(standing);
            next.write(disk, directory);
            identity = next;
        } catch (IOException e) {
            throw StorageFailure.of("changing the identity in " + directory, e);
        }
    }

    /** Returns where the log and the hard state go. */
    public Path log() {
        return directory.resolve(LOG);
    }

    @Override
    public Path state() {
        return directory.resolve(generation.directoryName()).resolve(STATE);
    }

    @Override
    public Path history() {
        return directory.resolve(generation.directoryName()).resolve(HISTORY);
    }

    @Override
    public SnapshotStore snapshots() {
        return snapshots;
    }

    @Override
    public synchronized void install(SnapshotManifest manifest, boolean resetLog) {
        try {
            LogRestart restart = resetLog ? new LogRestart(manifest.last(), manifest.clusterTimeMillis()) : null;
            Generation next = new Generation(generation.numberAfter(disk.list(directory)), restart);
            snapshots.moveTo(directory.resolve(next.directoryName()), manifest.id());
            next.write(disk, directory);
            generation = next;
        } catch (IOException e) {
            throw StorageFailure.of("installing a snapshot in " + directory, e);
        }
    }

    /**
     * Lets {@code log} start over where an {@link #install} said so and a crash came between. To be called with the log as
     * it was opened, before anything reads or writes it.
     *
     * @return whether it had to
     */
    public boolean finishInstall(LogStore log) {
        LogRestart restart = generation.restart();
        if (restart == null || !restart.isDue(log)) {
            return false;
        }
        log.reset(restart.base(), restart.clusterTimeMillis());
        return true;
    }

    @Override
    public synchronized @Nullable SnapshotManifest uncheckedSnapshot() {
        Path inUse = directory.resolve(generation.directoryName());
        try {
            return Staging.readManifest(disk, inUse);
        } catch (IOException e) {
            throw StorageFailure.of("reading from " + inUse, e);
        }
    }

    @Override
    public synchronized void trustState() {
        Path inUse = directory.resolve(generation.directoryName());
        try {
            disk.delete(inUse.resolve(Staging.MANIFEST));
            disk.syncDirectory(inUse);
        } catch (IOException e) {
            throw StorageFailure.of("writing to " + inUse, e);
        }
    }

    @Override
    public synchronized void distrustState(String reason) {
        Path inUse = directory.resolve(generation.directoryName());
        try {
            CheckedTextFile.replace(disk, inUse.resolve(DISTRUSTED), Map.of(REASON, reason));
        } catch (IOException e) {
            throw StorageFailure.of("writing to " + inUse, e);
        }
    }

    @Override
    public synchronized @Nullable String whyStateIsDistrusted() {
        Path inUse = directory.resolve(generation.directoryName());
        try {
            if (disk.exists(inUse.resolve(DISTRUSTED))) {
                return noteOfDistrust(inUse);
            }
            boolean unreadable =
                    disk.exists(inUse.resolve(Staging.MANIFEST)) && Staging.readManifest(disk, inUse) == null;
            return unreadable ? "came with a manifest that is damaged, so nobody can tell whether it is right" : null;
        } catch (IOException e) {
            throw StorageFailure.of("reading from " + inUse, e);
        }
    }

    /** That there is a note says enough: one that cannot be read distrusts the state as well. */
    private String noteOfDistrust(Path inUse) throws IOException {
        try {
            SortedMap<String, String> note = CheckedTextFile.read(disk, inUse.resolve(DISTRUSTED));
            return note == null ? "" : note.getOrDefault(REASON, "");
        } catch (StorageFailure e) {
            if (e.kind() != StorageFailure.Kind.CORRUPT) {
                throw e;
            }
            return "is distrusted, for a reason that nobody can read any more";
        }
    }

    @Override
    public synchronized void deleteOldGenerations() {
        try {
            deleteOthers(disk, directory, generation);
        } catch (IOException e) {
            throw StorageFailure.of("deleting an old state in " + directory, e);
        }
    }

    /**
     * Moves everything that this node has promised and knows to {@code damaged-N}, and starts over empty, under a new
     * storage id, since it can no longer stand by what it promised. Nothing in the directory may be open. What is known of
     * the peers stays. Durable on return; a crash meanwhile leaves all as it was, or the next start goes on with it.
     *
     * <p>One such directory is kept, the newest.
     */
    public synchronized void setAside() {
        try {
            Identity next = identity.settingAside(DamagedData.nextNumber(disk, directory), storageIds.get());
            next.write(disk, directory);
            identity = DamagedData.finish(disk, directory, next);
            generation = openGeneration(disk, directory);
            snapshots = SnapshotStore.open(disk, directory.resolve(SNAPSHOTS), directory.resolve(STAGING));
        } catch (IOException e) {
            throw StorageFailure.of("setting aside what is damaged in " + directory, e);
        }
    }

    @Override
    public synchronized @Nullable UUID rememberedStorage(NodeId peer) {
        return peers.storageOf(peer);
    }

    /** Returns whether this is the first storage that spoke for {@code peer} here, which is remembered durably if there was none. */
    public synchronized boolean recognizes(NodeId peer, UUID peerStorageId) {
        UUID known = peers.storageOf(peer);
        if (known == null) {
            remember(peer, peerStorageId);
        }
        return known == null || known.equals(peerStorageId);
    }

    /** Remembers the storage id of {@code peer}, durably, in place of an earlier one. */
    public synchronized void remember(NodeId peer, UUID peerStorageId) {
        try {
            peers.remember(peer, peerStorageId);
        } catch (IOException e) {
            throw StorageFailure.of("remembering peer " + peer + " in " + directory, e);
        }
    }

    @Override
    public synchronized List<PeerAddress> seeds() {
        return peers.seeds();
    }

    @Override
    public synchronized void rememberSeeds(Collection<PeerAddress> addresses) {
        try {
            peers.rememberSeeds(addresses);
        } catch (IOException e) {
            throw StorageFailure.of("remembering addresses in " + directory, e);
        }
    }

    /** Gives the directory free for another engine. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw StorageFailure.of("unlocking " + directory, e);
        }
    }
}
