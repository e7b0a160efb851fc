package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.storage.StorageFailure;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** The data directory is taken, another's, or broken. */
final class StorageFailureAnalyzer extends AbstractFailureAnalyzer<StorageFailure> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, StorageFailure cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), action(cause.kind()), cause);
    }

    private static String action(StorageFailure.Kind kind) {
        return switch (kind) {
            case LOCKED ->
                "Stop the other process that runs on this directory, or set 'dengine.node.data-dir' to one of this node's own.";
            case WRONG_CLUSTER ->
                "Set 'dengine.cluster.name' to the cluster the data belongs to, or 'dengine.node.data-dir' to a directory of this cluster's node.";
            case WRONG_NODE ->
                "Set 'dengine.node.id' to the node the data belongs to, or 'dengine.node.data-dir' to this node's own directory.";
            case OTHER_FORMAT ->
                "Run the dengine version that wrote the data, or one that its changelog says can read it.";
            case DISK_FULL -> "Free some space on the disk of 'dengine.node.data-dir', then start again.";
            case IO -> "Check that 'dengine.node.data-dir' can be written to and that its disk is sound.";
            case CORRUPT ->
                "Keep a copy of 'dengine.node.data-dir'. Restore the directory from a backup of this node;"
                        + " never start with parts of it removed, since acknowledged writes could be lost.";
        };
    }
}
