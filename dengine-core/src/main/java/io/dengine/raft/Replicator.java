package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.progress.Progress;
import io.dengine.raft.progress.ProgressState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps the peers' logs equal to the leader's, for one term. */
final class Replicator {

    private final NodeState node;
    private final Map<NodeId, Progress> peers = new TreeMap<>();

    Replicator(NodeState node) {
        this.node = node;
        followMembership();
    }

    /** Feeds exactly the members from now on. */
    void followMembership() {
        Membership membership = node.membership();
        peers.keySet().removeIf(peer -> !membership.contains(peer));
        for (NodeId member : membership.members()) {
            if (!member.equals(node.self)) {
                peers.computeIfAbsent(
                        member,
                        absent -> new Progress(node.log.lastIndex() + 1, node.config.maxInflightAppends(), node.now()));
            }
        }
    }

    /** Returns whether {@code member} has answered within an election timeout. */
    boolean isInContact(NodeId member) {
        return hasAnsweredWithin(member, node.config.electionTimeoutNanos());
    }

    boolean hasAnsweredWithin(NodeId member, long nanos) {
        long contactNanos = lastContactNanos(member);
        return contactNanos == Long.MAX_VALUE || (contactNanos != Long.MIN_VALUE && node.now() - contactNanos < nanos);
    }

    @Nullable
    Progress progress(NodeId peer) {
        return peers.get(peer);
    }

    /** Returns up to where {@code member} is known to hold this log durably; 0 if unknown. */
    long matchIndex(NodeId member) {
        if (member.equals(node.self)) {
            return node.ownIndex();
        }
        Progress progress = peers.get(member);
        return progress == null ? 0 : progress.matchIndex();
    }

    /** Returns when {@code member} last answered, {@code Long.MIN_VALUE} if never; a leader always hears itself. */
    long lastContactNanos(NodeId member) {
        Progress progress = peers.get(member);
        boolean never = progress != null && !progress.wasHeard();
        return never ? Long.MIN_VALUE : silentSinceNanos(member);
    }

    /** Returns since when {@code member} owes an answer: as above, with a grace for one that has just become a peer. */
    long silentSinceNanos(NodeId member) {
        if (member.equals(node.self)) {
            return Long.MAX_VALUE;
        }
        Progress progress = peers.get(member);
        return progress == null ? Long.MIN_VALUE : progress.lastContactNanos();
    }

    /** Returns the lowest index that all members are known to hold durably. */
    long heldByAllIndex() {
        long lowest = Long.MAX_VALUE;
        for (NodeId member : node.membership().members()) {
            lowest = Math.min(lowest, matchIndex(member));
        }
        return lowest;
    }

    List<PeerProgress> views() {
        List<PeerProgress> views = new ArrayList<>(peers.size());
        peers.forEach((peer, progress) -> views.add(new PeerProgress(
                peer, progress.matchIndex(), progress.nextIndex(), progress.state(), progress.lastContactNanos())));
        return views;
    }

    /** Sends every peer what it lacks, as far as its window allows. */
    void flush(long round) {
        peers.forEach((peer, progress) -> {
            feed(peer, progress);
            // While something is under way or about to be, it or what follows carries the commit index.
            boolean idle = progress.isSettled() && progress.nextIndex() > node.log.lastIndex();
            if (idle && progress.commitSent() < knownCommit(progress)) {
                sendHeartbeat(peer, progress, round);
            }
        });
    }

    void broadcastHeartbeat(long round) {
        peers.forEach((peer, progress) -> sendHeartbeat(peer, progress, round));
    }

    void onAppendResponse(Progress progress, AppendResponse response) {
        if (!response.accepted()) {
            long base = node.log.base().index();
            long agreed = response.hintIndex() < base
                    ? response.hintIndex()
                    : node.log.lastIndexUpToTerm(response.hintIndex(), response.hintTerm(), base);
            progress.onRejected(response.index(), agreed + 1);
            return;
        }
        if (response.index() > node.log.lastIndex()) {
            throw new IllegalStateException("accepted up to " + response.index() + " in term " + node.term()
                    + ", whose leader's log ends at " + node.log.last());
        }
        progress.onAccepted(response.index());
    }

    /**
     * The peer lives but lacks entries, and no append has left for a heartbeat interval: its answer, or the append, may
     * be lost. An empty append behind all that was sent finds out: accepted it stands for the lost answers, refused it
     * starts the probing.
     */
    void onHeartbeatResponse(NodeId peer, Progress progress) {
        boolean quiet = node.now() - progress.lastAppendNanos() >= node.config.heartbeatNanos();
        if (progress.matchIndex() == node.log.lastIndex() || !quiet) {
            return;
        }
        long base = node.log.base().index();
        long previous = progress.state() == ProgressState.SNAPSHOT ? base : progress.nextIndex() - 1;
        if (previous < base) {
            reportBehind(peer, progress);
            return;
        }
        send(peer, progress, previous, List.of());
        progress.onCheckSent(node.now());
    }

    private void feed(NodeId peer, Progress progress) {
        while (progress.maySend() && progress.nextIndex() <= node.log.lastIndex()) {
            long previous = progress.nextIndex() - 1;
            if (previous < node.log.base().index()) {
                reportBehind(peer, progress);
                return;
            }
            List<Entry> entries =
                    node.log.read(progress.nextIndex(), node.log.lastIndex() + 1, node.config.maxAppendBytes());
            send(peer, progress, previous, entries);
            progress.onEntriesSent(entries.get(entries.size() - 1).index(), node.now());
        }
    }

    private void reportBehind(NodeId peer, Progress progress) {
        if (progress.onBehindLog()) {
            node.outbox.notice(new Notice.PeerBehindLog(peer, progress.nextIndex()));
        }
    }

    private void send(NodeId peer, Progress progress, long previous, List<Entry> entries) {
        AppendRequest request = new AppendRequest(node.term(), node.log.idAt(previous), entries, node.commitIndex());
        progress.onCommitSent(Math.min(node.commitIndex(), request.last().index()));
        node.outbox.sendNow(peer, request);
    }

    private void sendHeartbeat(NodeId peer, Progress progress, long round) {
        long commit = knownCommit(progress);
        progress.onCommitSent(commit);
        node.outbox.sendNow(peer, new HeartbeatRequest(node.term(), commit, round, heldByAllIndex()));
    }

    /** What the peer may commit without seeing more: a heartbeat verifies nothing, and its log may differ above the match. */
    private long knownCommit(Progress progress) {
        return Math.min(progress.matchIndex(), node.commitIndex());
    }
}
