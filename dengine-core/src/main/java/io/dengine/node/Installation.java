package io.dengine.node;

import io.dengine.storage.SnapshotManifest;

/**
 * A snapshot on its way into the place of the state: the log writer puts its files there, in the order of the log, then
 * the applier opens them, in the order of the entries. Thread-safe.
 */
final class Installation {

    private final SnapshotManifest manifest;
    private volatile boolean inPlace;

    Installation(SnapshotManifest manifest) {
        this.manifest = manifest;
    }

    SnapshotManifest manifest() {
        return manifest;
    }

    /** The files are durably where they belong, and the log goes with them. */
    void putInPlace() {
        inPlace = true;
    }

    boolean isInPlace() {
        return inPlace;
    }
}
