package io.dengine.node;

import io.dengine.api.RefusedException.Reason;
import io.dengine.raft.Raft;
import io.dengine.raft.Ready.ConfirmedRead;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage.ReadIndexRequest;
import io.dengine.transport.PeerMessage.ReadIndexResponse;
import io.dengine.transport.PeerTransport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Finds for each linearizable read the log index it must wait for (ReadIndex, Ongaro's thesis, section 6.4), and waits
 * until it is applied here. All reads that arrive in one turn of the loop share one request. A read has no effect, so a
 * lost one is simply asked again until its time is up, and the first answer counts, however late: its index is not below what
 * was committed when it was asked for. Not thread-safe: the event loop's.
 */
final class ReadRouter {

    /** How many requests that were repeated may still be answered. */
    private static final int MAX_REPEATED = 8;

    private record Asker(NodeId node, long requestId) {}

    /** Reads under one id: this node's own callers and, where it leads, peers that asked in the same turn. */
    private record Group(
            boolean atPeer, List<PendingRead> own, List<Asker> askers, long sentAtNanos, boolean askedAgain) {

        Group(boolean atPeer, List<PendingRead> own, List<Asker> askers, long sentAtNanos) {
            this(atPeer, own, askers, sentAtNanos, false);
        }

        Group afterAskingAgain() {
            return new Group(atPeer, own, askers, sentAtNanos, true);
        }
    }

    private record Waiting(long index, List<PendingRead> reads) {}

    private final Raft raft;
    private final PeerTransport transport;
    private final long retryNanos;
    private List<PendingRead> gathered = new ArrayList<>();
    private List<Asker> askers = new ArrayList<>();
    private final Map<Long, Group> underWay = new LinkedHashMap<>();
    private final PriorityQueue<Waiting> unapplied = new PriorityQueue<>(Comparator.comparingLong(Waiting::index));
    private long appliedIndex;
    private long lastId;
    private long routeAgainNanos = Long.MIN_VALUE;

    ReadRouter(Raft raft, PeerTransport transport, long appliedIndex, long retryNanos, long firstRequestId) {
        this.raft = raft;
        this.transport = transport;
        this.appliedIndex = appliedIndex;
        this.retryNanos = retryNanos;
        this.lastId = firstRequestId;
    }

    void submit(PendingRead read) {
        gathered.add(read);
    }

    void onRequest(NodeId from, ReadIndexRequest request) {
        if (raft.role() == RoleKind.LEADER) {
            askers.add(new Asker(from, request.requestId()));
        } else {
            transport.send(from, new ReadIndexResponse(request.requestId(), -1));
        }
    }

    /** Sends on what has gathered, as far as a leader can be reached. */
    void route(long nowNanos) {
        if (raft.role() == RoleKind.LEADER) {
            askOwnLeader(nowNanos);
        } else {
            askers.forEach(asker -> transport.send(asker.node(), new ReadIndexResponse(asker.requestId(), -1)));
            askers.clear();
            askPeer(nowNanos);
        }
    }

    private void askOwnLeader(long nowNanos) {
        if (gathered.isEmpty() && askers.isEmpty()) {
            return;
        }
        long id = ++lastId;
        if (raft.requestRead(id)) {
            underWay.put(id, new Group(false, gathered, askers, nowNanos));
            gathered = new ArrayList<>();
            askers = new ArrayList<>();
        }
    }

    private void askPeer(long nowNanos) {
        NodeId leader = raft.leader();
        if (gathered.isEmpty() || leader == null || nowNanos < routeAgainNanos) {
            return;
        }
        long id = ++lastId;
        if (transport.send(leader, new ReadIndexRequest(id))) {
            underWay.put(id, new Group(true, gathered, List.of(), nowNanos));
            gathered = new ArrayList<>();
        }
    }

    void onConfirmed(ConfirmedRead read) {
        Group group = underWay.remove(read.readId());
        if (group == null) {
            return;
        }
        for (Asker asker : group.askers()) {
            transport.send(asker.node(), new ReadIndexResponse(asker.requestId(), read.index()));
        }
        await(read.index(), group.own());
    }

    void onFailed(long readId) {
        Group group = underWay.remove(readId);
        if (group != null) {
            group.askers().forEach(asker -> transport.send(asker.node(), new ReadIndexResponse(asker.requestId(), -1)));
            gathered.addAll(group.own());
        }
    }

    void onResponse(ReadIndexResponse response, long nowNanos) {
        Group group = underWay.remove(response.requestId());
        if (group == null) {
            return;
        }
        if (response.index() >= 0) {
            await(response.index(), group.own());
        } else if (!group.askedAgain()) {
            gathered.addAll(group.own());
            routeAgainNanos = nowNanos + retryNanos / 4;
        }
    }

    private void await(long index, List<PendingRead> reads) {
        if (index <= appliedIndex) {
            reads.forEach(PendingRead::ready);
        } else if (!reads.isEmpty()) {
            unapplied.add(new Waiting(index, reads));
        }
    }

    void onApplied(long index) {
        appliedIndex = index;
        for (Waiting next = unapplied.peek(); next != null && next.index() <= index; next = unapplied.peek()) {
            unapplied.remove();
            next.reads().forEach(PendingRead::ready);
        }
    }

    /** Refuses what has waited too long, and gathers again what a peer did not answer. */
    void expire(long nowNanos) {
        gathered.removeIf(read -> refuseIfDue(read, nowNanos));
        for (Waiting waiting : unapplied) {
            waiting.reads().removeIf(read -> refuseIfDue(read, nowNanos));
        }
        unapplied.removeIf(waiting -> waiting.reads().isEmpty());
        for (Map.Entry<Long, Group> asked : underWay.entrySet()) {
            Group group = asked.getValue();
            group.own().removeIf(read -> refuseIfDue(read, nowNanos));
            if (group.atPeer() && !group.askedAgain() && nowNanos - group.sentAtNanos() >= retryNanos) {
                gathered.addAll(group.own());
                asked.setValue(group.afterAskingAgain());
            }
        }
        forgetOldest();
    }

    /** The reads of an older request that was repeated are in the newer ones too. */
    private void forgetOldest() {
        underWay.values().removeIf(group -> group.askedAgain() && group.own().isEmpty());
        long tooMany = underWay.values().stream().filter(Group::askedAgain).count() - MAX_REPEATED;
        for (Iterator<Group> oldest = underWay.values().iterator(); tooMany > 0 && oldest.hasNext(); ) {
            if (oldest.next().askedAgain()) {
                oldest.remove();
                tooMany--;
            }
        }
    }

    private static boolean refuseIfDue(PendingRead read, long nowNanos) {
        if (nowNanos - read.deadlineNanos() >= 0) {
            read.refused(
                    Reason.TIMEOUT,
                    "no quorum confirmed the read in time; a LOCAL read would answer from this node alone");
        }
        return read.isAnswered();
    }

    /** Returns whether no caller of this node waits. */
    boolean isIdle() {
        return gathered.isEmpty() && underWay.isEmpty() && unapplied.isEmpty();
    }

    void refuseAll(Reason reason, String text) {
        gathered.forEach(read -> read.refused(reason, text));
        gathered.clear();
        underWay.values().forEach(group -> group.own().forEach(read -> read.refused(reason, text)));
        underWay.clear();
        unapplied.forEach(waiting -> waiting.reads().forEach(read -> read.refused(reason, text)));
        unapplied.clear();
    }
}
