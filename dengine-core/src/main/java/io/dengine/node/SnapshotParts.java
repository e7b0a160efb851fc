package io.dengine.node;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.file.DataDirectory;
import io.dengine.watch.EventHistory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node needs to give and take snapshots.
 *
 * @param directory where they lie, and the state that one brings
 * @param opener opens the state that one has brought
 * @param storeKind the kind of table store that {@code opener} opens
 */
public record SnapshotParts(DataDirectory directory, Opener opener, String storeKind) {

    /** Remembers on disk where the members are. */
    void rememberSeeds(Membership membership) {
        List<PeerAddress> addresses = new ArrayList<>();
        for (Member member : membership.details().values()) {
            if (!member.address().isEmpty()) {
                addresses.add(PeerAddress.parse(member.address()));
            }
        }
        directory.rememberSeeds(addresses);
    }

    /** Opens the files of a state. Called by the applier. */
    public interface Opener {

        TableStore tables(Path state);

        /** Opens the past events up to {@code revision}. */
        EventHistory history(Path history, long revision);
    }
}
