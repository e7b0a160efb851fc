package io.dengine.node;

import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StateHash;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.SnapshotManifest;

/**
 * Whether the state that a snapshot has brought is the one that its manifest speaks of. It is in its place before that can be
 * known, so the directory remembers that it is not known, across any crash, until it is. Stateless.
 */
final class InstalledState {

    private InstalledState() {}

    static boolean isOf(SnapshotManifest manifest, TableStore.View view) {
        AppliedState found = view.applied();
        return found.index() == manifest.last().index()
                && found.term() == manifest.last().term()
                && found.revision() == manifest.revision()
                && found.stateHash() == manifest.stateHash()
                && StateHash.matches(view);
    }

    /** Says what is wrong with the state if {@link #isOf} does not hold, as the end of a sentence about it. */
    static String deviationFrom(SnapshotManifest manifest) {
        return "does not have the hash that snapshot " + manifest.id() + " should have";
    }

    /** Looks after what a process before this one has installed and did not live to look at. Takes a scan, if so. */
    static void settle(NodeDirectory directory, StateMachine stateMachine) {
        SnapshotManifest manifest = directory.uncheckedSnapshot();
        if (manifest == null || directory.whyStateIsDistrusted() != null) {
            return;
        }
        try (TableStore.View view = stateMachine.view()) {
            if (isOf(manifest, view)) {
                directory.trustState();
            } else {
                directory.distrustState(deviationFrom(manifest));
            }
        }
    }
}
