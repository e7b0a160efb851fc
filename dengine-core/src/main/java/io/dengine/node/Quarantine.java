package io.dengine.node;

import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a node whose state differs from that of a majority after the same entries, or from its own hash: it serves no reads, applies
 * nothing, does not campaign and, if it leads, hands over. Its log is as good as any, so it goes on to append and to
 * vote. It asks the leader for a snapshot until one has taken the place of its state. Not thread-safe: the event loop's.
 */
final class Quarantine {

    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

    private final Raft raft;
    private final PeerTransport transport;
    private final Applier applier;
    private final SnapshotAgent agent;
    private final CampaignPause campaigns;
    private final PublishedState published;
    private final long askAgainNanos;
    private boolean on;
    private long nextAskNanos;
    private long leastIndex;

    Quarantine(
            Raft raft,
            PeerTransport transport,
            Applier applier,
            SnapshotAgent agent,
            CampaignPause campaigns,
            PublishedState published,
            long askAgainNanos) {
        this.raft = raft;
        this.transport = transport;
        this.applier = applier;
        this.agent = agent;
        this.campaigns = campaigns;
        this.published = published;
        this.askAgainNanos = askAgainNanos;
    }

    boolean isOn() {
        return on;
    }

    /** Returns the least end of a snapshot that can take the place of the state: all that was to be applied lies below. */
    long leastIndex() {
        return leastIndex;
    }

    /** The state was found wrong; what is known of that outlives a restart. */
    void discover(String reason, long nowNanos) {
        if (!on) {
            agent.distrustState(reason);
            enter(reason, nowNanos);
        }
    }

    /** Goes on with what was known before a restart. */
    void enter(String reason, long nowNanos) {
        on = true;
        // What was handed out already must not be answered from this state either; the snapshot has it.
        applier.pause();
        raft.pauseApplying(true);
        leastIndex = raft.commitIndex();
        campaigns.quarantined(true);
        published.quarantined(
                "the state of this node " + reason + ": it serves no reads until it has fetched the state" + " again");
        log.error(
                "node {}: its state {}. It serves no reads and fetches the state again; check its memory and its disk",
                raft.self(),
                reason);
        nextAskNanos = nowNanos;
        tend(nowNanos);
    }

    /** Asks for a snapshot, again and again: the request, or the leader, may be lost. */
    void tend(long nowNanos) {
        if (!on || nowNanos - nextAskNanos < 0) {
            return;
        }
        nextAskNanos = nowNanos + askAgainNanos;
        NodeId leader = raft.leader();
        if (raft.role() == RoleKind.LEADER) {
            raft.transferLeadership(null);
        } else if (leader != null) {
            transport.send(leader, new PeerMessage.SnapshotRequest(leastIndex));
        }
    }

    /** Another state has taken the place of the one that differed. */
    void leave() {
        if (on) {
            on = false;
            applier.resume();
            raft.pauseApplying(false);
            campaigns.quarantined(false);
            published.quarantined("");
            log.info(
                    "node {}: its state was replaced up to entry {}; it serves again", raft.self(), raft.lastApplied());
        }
    }
}
