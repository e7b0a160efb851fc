package io.dengine.raft;

import io.dengine.raft.membership.NodeId;
import io.dengine.raft.progress.ProgressState;

/**
 * A leader's view of one peer, for status and metrics.
 *
 * @param peer the peer
 * @param matchIndex the highest index up to which the peer's durable log is known to agree; 0 if unknown
 * @param nextIndex the next entry to send
 * @param state how the peer is fed
 * @param lastContactNanos when its last answer was taken, on the clock of {@link Raft#tick}
 */
public record PeerProgress(NodeId peer, long matchIndex, long nextIndex, ProgressState state, long lastContactNanos) {}
