package io.dengine.node;

import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerIdentityCheck;
import java.util.UUID;

/**
 * Says which storage may speak for which member, by the membership in effect here: whoever lost its data, and with it the votes
 * it gave, is a stranger until the cluster has taken it in anew. Of a member whose storage the membership does not name, the
 * first one met counts, and is remembered on disk. Thread-safe.
 */
public final class PeerDirectory implements PeerIdentityCheck {

    private final PeerIdentityCheck firstMet;
    private volatile Membership membership;

    /**
     * @param membership the one in effect now
     * @param firstMet remembers the first storage met of each member, and recognizes it
     */
    public PeerDirectory(Membership membership, PeerIdentityCheck firstMet) {
        this.membership = membership;
        this.firstMet = firstMet;
    }

    void follow(Membership next) {
        membership = next;
    }

    @Override
    public boolean accept(NodeId peer, UUID storageId) {
        Membership now = membership;
        if (!now.contains(peer)) {
            return true; // what it promised counts for nothing here; who is a peer at all, the transport decides
        }
        UUID known = now.member(peer).storageId();
        return known == null ? firstMet.accept(peer, storageId) : known.equals(storageId);
    }
}
