package io.dengine.sim;

import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What one node has let be seen. */
final class NodeView {

    final SimNode node;
    final DiskTwin disk;

    /** By term, over all its lives. */
    final Map<Long, NodeId> votes = new TreeMap<>();

    // Of the present life.

    /** Who has granted this node a pre-vote, by the term it would enter. */
    final TreeMap<Long, Set<NodeId>> preVotes = new TreeMap<>();

    /** The terms in which a leader asked this node to campaign. */
    final Set<Long> askedToCampaign = new TreeSet<>();

    /** Who has answered in this term since the last turn. */
    final Set<NodeId> answered = new TreeSet<>();

    /** At which turn each peer was last heard in this term, by this node's clock. */
    final Map<NodeId, Long> heard = new TreeMap<>();

    /** The newest turns, back to the last one that is more than a heartbeat interval old. */
    final ArrayDeque<Long> turns = new ArrayDeque<>();

    long term;
    long commitIndex;
    long lastApplied;
    long leadsSinceNanos;
    EntryId lastEntry = EntryId.ZERO;
    RoleKind role = RoleKind.FOLLOWER;
    /** Before the present turn. */
    Membership membershipBefore = Membership.NONE;

    Membership membership = Membership.NONE;

    NodeView(SimNode node, DiskTwin disk) {
        this.node = node;
        this.disk = disk;
    }

    /** The process is gone; what it promised stays. */
    void onCrash() {
        commitIndex = 0;
        lastApplied = 0;
        role = RoleKind.FOLLOWER;
        lastEntry = EntryId.ZERO;
        membership = Membership.NONE;
        membershipBefore = Membership.NONE;
        preVotes.clear();
        askedToCampaign.clear();
        answered.clear();
        heard.clear();
        turns.clear();
    }
}
