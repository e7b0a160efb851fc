package io.dengine.node;

import io.dengine.raft.membership.NodeId;

/**
 * A member as this node sees it.
 *
 * @param nodeId the member
 * @param address where it listens for peers; empty for a single node that listens nowhere
 * @param voter whether it votes; otherwise it is a learner
 * @param matchIndex at the leader the last log index the member is known to hold; -1 where unknown
 * @param lagEntries at the leader how many entries the member is behind; -1 where unknown
 */
public record PeerStatus(NodeId nodeId, String address, boolean voter, long matchIndex, long lagEntries) {}
