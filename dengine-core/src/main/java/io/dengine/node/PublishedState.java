package io.dengine.node;

import io.dengine.raft.PeerProgress;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.StorageFailure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What other threads may know of the core, published by the event loop. Any thread reads; the loop writes. */
final class PublishedState {

    /**
     * The core at one moment.
     *
     * @param leaseUntilNanos until when a lease read may be served
     */
    record View(
            RoleKind role,
            long term,
            @Nullable NodeId leader,
            long commitIndex,
            long lastIndex,
            long leaseUntilNanos,
            Membership membership) {}

    private volatile View view;
    private volatile List<PeerProgress> peers = List.of();
    private volatile @Nullable NodeHealth ended;
    private volatile String detail = "";

    /** Why the state must not be read; empty while it may. */
    private volatile String quarantine = "";

    /** What the disk does; empty while it moves. */
    private volatile String stall = "";

    /** What keeps this node out of its cluster; empty if nothing is known. */
    private volatile String obstacle = "";

    PublishedState(Raft raft) {
        this.view = viewOf(raft);
    }

    void update(Raft raft) {
        View now = viewOf(raft);
        if (!now.equals(view)) {
            view = now;
        }
    }

    void obstacle(String text) {
        obstacle = text;
    }

    void updatePeers(Raft raft) {
        peers = raft.peers();
    }

    private static View viewOf(Raft raft) {
        return new View(
                raft.role(),
                raft.term(),
                raft.leader(),
                raft.commitIndex(),
                raft.lastEntry().index(),
                raft.leaseUntilNanos(),
                raft.membership());
    }

    void broken(Throwable cause) {
        boolean full = cause instanceof StorageFailure failure && failure.kind() == StorageFailure.Kind.DISK_FULL;
        detail = full
                ? "the disk is full: free some space and restart this node; nothing acknowledged is lost"
                : "this node failed and must be restarted: " + cause.getMessage();
        end(full ? NodeHealth.DISK_FULL : NodeHealth.FAILED);
    }

    void closed() {
        if (ended == null) {
            detail = "the node is closed";
            end(NodeHealth.CLOSED);
        }
    }

    /** Health first and for good, then a view that leads nothing: no lease read may slip through in between. */
    private void end(NodeHealth health) {
        ended = health;
        View last = view;
        view = new View(
                RoleKind.FOLLOWER,
                last.term(),
                null,
                last.commitIndex(),
                last.lastIndex(),
                Long.MIN_VALUE,
                last.membership());
    }

    /** Says why the state must not be read; empty if it may again. */
    void quarantined(String text) {
        quarantine = text;
    }

    boolean isQuarantined() {
        return !quarantine.isEmpty();
    }

    /** Says that the disk stands still; empty if it moves again. */
    void diskStalled(String text) {
        stall = text;
    }

    View view() {
        return view;
    }

    List<PeerProgress> peers() {
        return peers;
    }

    NodeHealth health() {
        NodeHealth health = ended;
        if (health != null) {
            return health;
        }
        if (isQuarantined()) {
            return NodeHealth.QUARANTINED;
        }
        if (!stall.isEmpty()) {
            return NodeHealth.DISK_STALLED;
        }
        return view.leader() == null ? NodeHealth.NO_LEADER : NodeHealth.SERVING;
    }

    /** Returns why the node cannot serve; empty while it can. */
    String detail() {
        for (String text : List.of(detail, quarantine, stall)) {
            if (!text.isEmpty()) {
                return text;
            }
        }
        if (view.leader() != null) {
            return "";
        }
        String outside = obstacle;
        return outside.isEmpty() ? "no leader is known: is a majority of the members up?" : outside;
    }

    boolean hasEnded() {
        return ended != null;
    }
}
