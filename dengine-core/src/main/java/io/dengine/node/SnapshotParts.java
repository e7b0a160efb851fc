package io.dengine.node;

import io.dengine.statemachine.TableStore;
import io.dengine.storage.NodeDirectory;
import io.dengine.watch.EventHistory;
import java.nio.file.Path;

/**
 * What a node needs to give and take snapshots.
 *
 * @param directory where they lie, and the state that one brings
 * @param opener opens the state that one has brought
 * @param storeKind the kind of table store that {@code opener} opens
 */
public record SnapshotParts(NodeDirectory directory, Opener opener, String storeKind) {

    /** Opens the files of a state. Called by the applier. */
    public interface Opener {

        TableStore tables(Path state);

        /** Opens the past events up to {@code revision}. */
        EventHistory history(Path history, long revision);
    }
}
