package io.dengine.node;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException.Reason;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.command.MalformedCommandException;
import io.dengine.config.Limits;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.ApplyResult;
import io.dengine.transport.PeerMessage.Outcome;
import io.dengine.transport.PeerMessage.ProposeRequest;
import io.dengine.transport.PeerMessage.ProposeResponse;
import io.dengine.transport.PeerTransport;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings each write to the leader, here or at a peer, and its answer back. A write waits while no leader can be reached;
 * once it may have left this node it is never sent a second time. Not thread-safe: the event loop's.
 */
final class WriteRouter {

    private record Forwarded(PendingWrite write, NodeId leader, long term) {}

    private final Raft raft;
    private final PeerTransport transport;
    private final ProposalBacklog backlog;
    private final ArrayDeque<PendingWrite> waiting = new ArrayDeque<>();

    /** By request id, in the order of sending; not of deadlines, since a write may be sent again. */
    private final Map<Long, Forwarded> forwarded = new LinkedHashMap<>();

    /** The writes proposed here that still wait, in the order of deadlines. */
    private final ArrayDeque<PendingWrite> proposed = new ArrayDeque<>();

    private final long retryNanos;
    private long lastRequestId;

    /** Who said last that it does not lead, though this node believes so; asked again when that belief changes, or later. */
    private @Nullable NodeId denier;

    private long denierTerm;
    private long askAgainNanos;

    /** @param retryNanos how long a leader that says it does not lead, as during a hand-over, is left alone */
    WriteRouter(Raft raft, PeerTransport transport, Limits limits, long retryNanos, long firstRequestId) {
        this.raft = raft;
        this.transport = transport;
        // A leader holds its own callers' writes and those that peers forward: each peer may send what its callers may.
        int members = Math.max(1, raft.membership().voters().size());
        this.backlog = new ProposalBacklog(limits.maxPendingProposals() * members, limits.maxPendingBytes() * members);
        this.retryNanos = retryNanos;
        this.lastRequestId = firstRequestId;
    }

    void submit(PendingWrite write) {
        waiting.addLast(write);
    }

    /** Sends on what waits, in order, as far as a leader can be reached. */
    void route(long nowNanos) {
        while (!waiting.isEmpty()) {
            PendingWrite write = waiting.peekFirst();
            if (!write.isAnswered() && !send(write, nowNanos)) {
                return;
            }
            waiting.removeFirst();
        }
    }

    /** Returns whether the write is on its way, or answered. */
    private boolean send(PendingWrite write, long nowNanos) {
        if (raft.role() == RoleKind.LEADER) {
            return proposeOwn(write);
        }
        NodeId leader = raft.leader();
        if (leader == null || denies(leader, nowNanos)) {
            return false;
        }
        long requestId = ++lastRequestId;
        if (!transport.send(leader, new ProposeRequest(requestId, ByteSequence.wrap(write.command())))) {
            return false;
        }
        forwarded.put(requestId, new Forwarded(write, leader, raft.term()));
        return true;
    }

    private boolean denies(NodeId leader, long nowNanos) {
        return leader.equals(denier) && raft.term() == denierTerm && nowNanos < askAgainNanos;
    }

    private boolean proposeOwn(PendingWrite write) {
        if (!backlog.hasRoom(write.command().length)) {
            write.refused(Reason.OVERLOADED, "the leader has as many writes under way as it may: retry after a moment");
            return true;
        }
        EntryId id = raft.propose(EntryKind.COMMAND, write.command());
        if (id == null) {
            return false;
        }
        backlog.add(id, write.command().length, ProposalBacklog.to(write));
        proposed.addLast(write);
        return true;
    }

    void onRequest(NodeId from, ProposeRequest request) {
        byte[] command = request.command().array();
        if (!backlog.hasRoom(command.length)) {
            answer(from, request.requestId(), Outcome.OVERLOADED, null, "the leader is at its limit");
            return;
        }
        try {
            CommandCodec.decode(command); // once in the log it would end every node that cannot read it
        } catch (MalformedCommandException e) {
            answer(from, request.requestId(), Outcome.UNREADABLE, null, String.valueOf(e.getMessage()));
            return;
        }
        EntryId id = raft.propose(EntryKind.COMMAND, command);
        if (id == null) {
            answer(from, request.requestId(), Outcome.NOT_LEADER, null, "node " + raft.self() + " does not lead");
            return;
        }
        backlog.add(id, command.length, new RemoteAnswer(from, request.requestId()));
    }

    private void answer(NodeId to, long requestId, Outcome outcome, @Nullable CommandResult result, String detail) {
        // Where this cannot be sent, the connection is gone, and the asking node has answered "indeterminate" itself.
        transport.send(to, new ProposeResponse(requestId, outcome, result, detail));
    }

    private final class RemoteAnswer implements ProposalBacklog.Answer {

        private final NodeId to;
        private final long requestId;

        RemoteAnswer(NodeId to, long requestId) {
            this.to = to;
            this.requestId = requestId;
        }

        @Override
        public void applied(CommandResult result) {
            answer(to, requestId, Outcome.APPLIED, result, "");
        }

        @Override
        public void overwritten() {
            answer(to, requestId, Outcome.NOT_LEADER, null, "another leader's entry took its place");
        }

        @Override
        public void indeterminate(String text) {
            answer(to, requestId, Outcome.INDETERMINATE, null, text);
        }
    }

    void onResponse(ProposeResponse response, long nowNanos) {
        Forwarded sent = forwarded.remove(response.requestId());
        if (sent == null) {
            return;
        }
        CommandResult result = response.result();
        switch (response.outcome()) {
            case APPLIED -> {
                if (result == null) {
                    throw new IllegalStateException("an applied write without a result: " + response);
                }
                sent.write().applied(result);
            }
            case NOT_LEADER -> {
                denier = sent.leader();
                denierTerm = sent.term();
                askAgainNanos = nowNanos + retryNanos;
                waiting.addLast(sent.write());
            }
            case OVERLOADED -> sent.write().refused(Reason.OVERLOADED, response.detail());
            case UNREADABLE ->
                sent.write().refused(Reason.INVALID, "the leader cannot read this command: " + response.detail());
            case INDETERMINATE -> sent.write().indeterminate(response.detail());
        }
    }

    /** The connection to {@code peer} broke: what it was sent may have been carried out. */
    void onPeerLost(NodeId peer) {
        for (Iterator<Forwarded> all = forwarded.values().iterator(); all.hasNext(); ) {
            Forwarded sent = all.next();
            if (sent.leader().equals(peer)) {
                all.remove();
                sent.write().indeterminate("the connection to the leader, node " + peer + ", broke before its answer");
            }
        }
    }

    void onApplied(List<ApplyResult> results) {
        backlog.onApplied(results);
        while (!proposed.isEmpty() && proposed.peekFirst().isAnswered()) {
            proposed.removeFirst();
        }
    }

    /** The state went on from a snapshot up to {@code index}, without saying what each entry in it answered. */
    void onRestored(long index) {
        backlog.abandonUpTo(index, "the write was committed, or overwritten, while this node fetched the state");
    }

    void onLeadershipLost(String text) {
        backlog.abandonAbove(raft.commitIndex(), text);
    }

    /** Answers what has waited too long. */
    void expire(long nowNanos) {
        waiting.removeIf(write -> {
            boolean due = due(write, nowNanos);
            if (due) {
                write.refused(Reason.NO_LEADER, "no leader could be reached in time; the write was not carried out");
            }
            return due;
        });
        forwarded.values().removeIf(sent -> {
            boolean due = due(sent.write(), nowNanos);
            if (due) {
                sent.write().indeterminate("the leader, node " + sent.leader() + ", did not answer in time");
            }
            return due;
        });
        while (!proposed.isEmpty() && due(proposed.peekFirst(), nowNanos)) {
            proposed.removeFirst().indeterminate("the write was proposed but not committed in time");
        }
    }

    private static boolean due(PendingWrite write, long nowNanos) {
        return write.isAnswered() || nowNanos - write.deadlineNanos() >= 0;
    }

    /** Returns whether nothing waits for an answer. */
    boolean isIdle() {
        return waiting.isEmpty() && forwarded.isEmpty() && backlog.isEmpty();
    }

    /** Answers everything: refused if it never left, else as {@code ending} says. */
    void answerAll(Ending ending) {
        waiting.forEach(ending::unsent);
        waiting.clear();
        forwarded.values().forEach(sent -> ending.sent(sent.write()));
        forwarded.clear();
        proposed.forEach(ending::sent);
        proposed.clear();
        backlog.abandonAbove(0, "the leader stopped before the write was committed");
    }

    /** How writes are answered when a node ends. */
    interface Ending {
        void unsent(PendingWrite write);

        void sent(PendingWrite write);
    }
}
