package io.dengine.storage.file;

import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import io.dengine.storage.Standing;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whose a data directory is.
 *
 * @param clusterName the cluster
 * @param node the node
 * @param storageId names this very storage: new with every new or emptied directory
 * @param standing what this storage is to the cluster
 * @param settingAside the number of the directory that the content of the last storage is being moved to; 0 if none
 */
record Identity(String clusterName, NodeId node, UUID storageId, Standing standing, long settingAside) {

    static final String NAME = "identity";

    private static final String CLUSTER_NAME = "cluster-name";
    private static final String CLUSTER_ID = "cluster-id";
    private static final String NODE_ID = "node-id";
    private static final String STORAGE_ID = "storage-id";
    private static final String STANDING = "standing";
    private static final String SETTING_ASIDE = "setting-aside";

    /** Returns the id of the cluster of that name: the same on every node, without asking anybody. */
    static UUID clusterIdOf(String clusterName) {
        return UUID.nameUUIDFromBytes(("dengine cluster " + clusterName).getBytes(StandardCharsets.UTF_8));
    }

    UUID clusterId() {
        return clusterIdOf(clusterName);
    }

    /** Returns the identity in {@code directory}, or null if it has none. */
    static @Nullable Identity read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        SortedMap<String, String> values = CheckedTextFile.read(disk, path);
        if (values == null) {
            return null;
        }
        String clusterName = values.get(CLUSTER_NAME);
        String storageId = values.get(STORAGE_ID);
        int node = (int) Math.min(Integer.MAX_VALUE, CheckedTextFile.number(path, values, NODE_ID));
        if (clusterName == null || storageId == null || node == 0) {
            throw CheckedTextFile.damaged(path, "it lacks a name or an id");
        }
        long settingAside = values.containsKey(SETTING_ASIDE) ? CheckedTextFile.number(path, values, SETTING_ASIDE) : 0;
        return new Identity(
                clusterName,
                NodeId.of(node),
                CheckedTextFile.uuid(path, storageId),
                standing(path, values.get(STANDING)),
                settingAside);
    }

    private static Standing standing(Path path, @Nullable String name) throws IOException {
        for (Standing standing : Standing.values()) {
            if (standing.name().equals(name)) {
                return standing;
            }
        }
        throw CheckedTextFile.damaged(path, "its " + STANDING + " is " + name);
    }

    /** Makes this the identity of {@code directory}, durably. */
    void write(Disk disk, Path directory) throws IOException {
        SortedMap<String, String> values = new TreeMap<>();
        values.put(CLUSTER_NAME, clusterName);
        values.put(CLUSTER_ID, clusterId().toString());
        values.put(NODE_ID, node.toString());
        values.put(STORAGE_ID, storageId.toString());
        values.put(STANDING, standing.name());
        if (settingAside > 0) {
            values.put(SETTING_ASIDE, Long.toString(settingAside));
        }
        CheckedTextFile.replace(disk, directory.resolve(NAME), values);
    }

    Identity settingAside(long number, UUID newStorageId) {
        return new Identity(clusterName, node, newStorageId, Standing.JOINING, number);
    }

    Identity setAside() {
        return new Identity(clusterName, node, storageId, standing, 0);
    }

    Identity with(Standing next) {
        return new Identity(clusterName, node, storageId, next, settingAside);
    }

    void requireFor(Path directory, String expectedCluster, NodeId expectedNode) {
        if (!clusterName.equals(expectedCluster)) {
            throw new StorageFailure(
                    Kind.WRONG_CLUSTER,
                    "The data directory " + directory + " belongs to the cluster '" + clusterName
                            + "', but this node is configured for '" + expectedCluster
                            + "'. Correct the cluster's name, or give this node a data directory of its own.",
                    null);
        }
        if (!node.equals(expectedNode)) {
            throw new StorageFailure(
                    Kind.WRONG_NODE,
                    "The data directory " + directory + " belongs to node " + node + ", but this is node "
                            + expectedNode
                            + ". Correct the node's id, or give this node a data directory of its own.",
                    null);
        }
    }
}
