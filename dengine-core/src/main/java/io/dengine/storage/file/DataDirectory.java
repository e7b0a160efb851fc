package io.dengine.storage.file;

import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import io.dengine.transport.PeerIdentityCheck;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The directory where one node keeps everything, held for one engine at a time, and whose it is: which cluster's, which
 * node's, which members', and a storage id that dies with it. Thread-safe.
 *
 * <pre>
 * lock       held while open
 * identity   text, written once
 * peers      text: the storage id of each peer that was met
 * log/       segments and hard state      state/  the table store      history/  watch history
 * </pre>
 */
public final class DataDirectory implements PeerIdentityCheck, AutoCloseable {

    private static final String IDENTITY = "identity";
    private static final String PEERS = "peers";

    private static final String CLUSTER_NAME = "cluster-name";
    private static final String CLUSTER_ID = "cluster-id";
    private static final String NODE_ID = "node-id";
    private static final String STORAGE_ID = "storage-id";
    private static final String MEMBERS = "members";

    private final Disk disk;
    private final Path directory;
    private final Closeable lock;
    private final NodeId self;
    private final Set<NodeId> members;
    private final Identity identity;
    private final SortedMap<String, String> peers;

    private record Identity(UUID clusterId, UUID storageId) {}

    private DataDirectory(
            Disk disk, Path directory, Closeable lock, NodeId self, Set<NodeId> members, Identity identity)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.lock = lock;
        this.self = self;
        this.members = members;
        this.identity = identity;
        SortedMap<String, String> known = CheckedTextFile.read(disk, directory.resolve(PEERS));
        this.peers = known == null ? new TreeMap<>() : known;
    }

    /**
     * Takes the directory, making it and its identity if it is new.
     *
     * @param members all members of the cluster, {@code self} included
     * @param storageIds gives the id of a new storage; random, so that no two storages share one
     * @throws StorageFailure LOCKED, WRONG_CLUSTER, WRONG_NODE or WRONG_MEMBERS if it is not this node's to take;
     *     CORRUPT, NEWER_FORMAT, IO, DISK_FULL
     */
    public static DataDirectory open(
            Disk disk,
            Path directory,
            String clusterName,
            NodeId self,
            Set<NodeId> members,
            Supplier<UUID> storageIds) {
        try {
            disk.createDirectories(directory);
            Closeable lock = disk.lock(directory);
            try {
                UUID storageId = identify(disk, directory, clusterName, self, members, storageIds);
                Identity identity = new Identity(clusterIdOf(clusterName), storageId);
                return new DataDirectory(disk, directory, lock, self, new TreeSet<>(members), identity);
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
        return UUID.nameUUIDFromBytes(("dengine cluster " + clusterName).getBytes(StandardCharsets.UTF_8));
    }

    private static UUID identify(
            Disk disk, Path directory, String clusterName, NodeId self, Set<NodeId> members, Supplier<UUID> storageIds)
            throws IOException {
        Path path = directory.resolve(IDENTITY);
        SortedMap<String, String> expected = new TreeMap<>();
        expected.put(CLUSTER_NAME, clusterName);
        expected.put(CLUSTER_ID, clusterIdOf(clusterName).toString());
        expected.put(NODE_ID, self.toString());
        expected.put(MEMBERS, members.stream().sorted().map(NodeId::toString).collect(Collectors.joining(",")));
        SortedMap<String, String> found = CheckedTextFile.read(disk, path);
        if (found == null) {
            requireEmpty(disk, directory, path);
            UUID storageId = storageIds.get();
            expected.put(STORAGE_ID, storageId.toString());
            CheckedTextFile.replace(disk, path, expected);
            return storageId;
        }
        requireSame(directory, expected, found);
        disk.syncDirectory(directory);
        return storageIdOf(path, found);
    }

    /** Without an identity nothing else may be there: it is the first file made. */
    private static void requireEmpty(Disk disk, Path directory, Path identity) throws IOException {
        if (!disk.list(directory.resolve("log")).isEmpty()) {
            throw CheckedTextFile.damaged(identity, "it is missing, though there is a log");
        }
    }

    private static void requireSame(
            Path directory, SortedMap<String, String> expected, SortedMap<String, String> found) {
        if (!same(CLUSTER_NAME, expected, found) || !same(CLUSTER_ID, expected, found)) {
            throw new StorageFailure(
                    Kind.WRONG_CLUSTER,
                    "The data directory " + directory + " belongs to the cluster '" + found.get(CLUSTER_NAME)
                            + "', but this node is configured for '" + expected.get(CLUSTER_NAME)
                            + "'. Correct the cluster's name, or give this node a data directory of its own.",
                    null);
        }
        if (!same(NODE_ID, expected, found)) {
            throw new StorageFailure(
                    Kind.WRONG_NODE,
                    "The data directory " + directory + " belongs to node " + found.get(NODE_ID)
                            + ", but this is node " + expected.get(NODE_ID)
                            + ". Correct the node's id, or give this node a data directory of its own.",
                    null);
        }
        if (!same(MEMBERS, expected, found)) {
            throw new StorageFailure(
                    Kind.WRONG_MEMBERS,
                    "The data directory " + directory + " was made for the members " + found.get(MEMBERS)
                            + ", but the configuration lists " + expected.get(MEMBERS)
                            + ". This version cannot change the members of a cluster: list the same ones again, or start"
                            + " a new cluster with empty data directories on all of them.",
                    null);
        }
    }

    private static boolean same(String key, SortedMap<String, String> expected, SortedMap<String, String> found) {
        return String.valueOf(expected.get(key)).equals(found.get(key));
    }

    private static UUID storageIdOf(Path path, SortedMap<String, String> found) {
        String text = found.get(STORAGE_ID);
        if (text == null) {
            throw CheckedTextFile.damaged(path, "it has no storage id");
        }
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw CheckedTextFile.damaged(path, "its storage id is '" + text + "'");
        }
    }

    /** Returns the id shared by all nodes of the cluster. */
    public UUID clusterId() {
        return identity.clusterId;
    }

    /** Returns the id of this very storage: a node that lost its data comes back with another. */
    public UUID storageId() {
        return identity.storageId;
    }

    /** Returns where the log and the hard state go. */
    public Path log() {
        return directory.resolve("log");
    }

    /** Returns where the table store goes. */
    public Path state() {
        return directory.resolve("state");
    }

    /** Returns where the watch history goes. */
    public Path history() {
        return directory.resolve("history");
    }

    /**
     * {@inheritDoc}
     *
     * @throws StorageFailure if the id could not be remembered
     */
    @Override
    public synchronized boolean accept(NodeId peer, UUID peerStorageId) {
        if (peer.equals(self) || !members.contains(peer)) {
            return false;
        }
        String known = peers.get(peer.toString());
        if (known != null) {
            return known.equals(peerStorageId.toString());
        }
        SortedMap<String, String> withPeer = new TreeMap<>(peers);
        withPeer.put(peer.toString(), peerStorageId.toString());
        try {
            CheckedTextFile.replace(disk, directory.resolve(PEERS), withPeer);
        } catch (IOException e) {
            throw StorageFailure.of("remembering peer " + peer + " in " + directory, e);
        }
        peers.putAll(withPeer);
        return true;
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
