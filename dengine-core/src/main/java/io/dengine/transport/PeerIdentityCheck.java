package io.dengine.transport;

import io.dengine.raft.membership.NodeId;
import java.util.UUID;

/** Decides whether a peer is still the one that this node knows under its id. */
@FunctionalInterface
public interface PeerIdentityCheck {

    /**
     * Returns whether {@code peer} may speak for that id. The first storage id seen for a peer is remembered durably
     * before this returns true; another one later means that the peer lost its data, and with it the votes it gave.
     */
    boolean accept(NodeId peer, UUID storageId);
}
