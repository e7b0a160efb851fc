package io.dengine.raft.entry;

import io.dengine.raft.membership.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What a node must remember across a crash before it makes any promise (Raft paper, figure 2). Written as one record,
 * so that no crash can part the vote from its term.
 *
 * @param term the newest term this node has seen; never decreases
 * @param votedFor whom it voted for in that term, or null
 */
public record HardState(long term, @Nullable NodeId votedFor) {

    /** The state of a node that has seen nothing. */
    public static final HardState INITIAL = new HardState(0, null);

    public HardState {
        if (term < 0 || (term == 0 && votedFor != null)) {
            throw new IllegalArgumentException("ill-formed hard state: term " + term + ", votedFor " + votedFor);
        }
    }
}
