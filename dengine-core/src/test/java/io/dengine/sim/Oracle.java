package io.dengine.sim;

import io.dengine.node.Agent;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.ApplyResult;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.statemachine.StateMachine;
import io.dengine.transport.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Watches every node at once and knows what no node may do. It is asked where things happen: before a message leaves,
 * before and after a disk write, after each turn of an event loop, around each apply, and at each restart.
 */
final class Oracle {

    /** What one node has let be seen. */
    private static final class Seen {
        private final DiskTwin disk;
        private final Map<Long, NodeId> votes = new TreeMap<>();
        private long term;
        private long commitIndex;
        private long lastApplied;
        private RoleKind role = RoleKind.FOLLOWER;

        Seen(DiskTwin disk) {
            this.disk = disk;
        }
    }

    private final Simulation simulation;
    private final Ledger ledger = new Ledger();
    private final Answers answers;
    private final Map<NodeId, Seen> seen = new TreeMap<>();
    private final Map<Long, NodeId> leaders = new TreeMap<>();
    /** The last index committed in each term. */
    private final TreeMap<Long, Long> committedIn = new TreeMap<>();

    private long visibleRevision = 1;
    private Violation first;

    Oracle(Simulation simulation) {
        this.simulation = simulation;
        this.answers = new Answers(simulation, this);
    }

    void watch(SimNode node) {
        seen.put(node.id(), new Seen(new DiskTwin(this, node)));
    }

    /** Returns what to throw; kept too, since the engine catches what is thrown through it. */
    Violation violation(String text, Throwable cause) {
        Violation violation = new Violation(text, cause);
        if (first == null) {
            first = violation;
        }
        return violation;
    }

    /** Returns the first violation, or null. */
    Violation first() {
        return first;
    }

    Ledger ledger() {
        return ledger;
    }

    /**
     * Returns the newest revision that any node has applied, so that somebody may have seen it. What is committed beyond it
     * nobody knows of yet: a read under a lease need not show it.
     */
    long visibleRevision() {
        return visibleRevision;
    }

    Answers answers() {
        return answers;
    }

    Faults faults() {
        return simulation.faults();
    }

    DiskTwin diskOf(SimNode node) {
        return seen.get(node.id()).disk;
    }

    // ---- what leaves a node ----

    void onSend(SimNode node, NodeId to, PeerMessage message) {
        if (!(message instanceof PeerMessage.Consensus consensus)) {
            return;
        }
        RaftMessage said = consensus.message();
        Seen sender = seen.get(node.id());
        HardState saved = sender.disk.saved();
        boolean aboutNextTerm = (said instanceof VoteRequest request && request.preVote())
                || (said instanceof VoteResponse response && response.preVote() && response.granted());
        if (!aboutNextTerm && said.term() > saved.term()) {
            throw violation("node " + node.id() + " sends " + said + " before its term is durable: " + saved, null);
        }
        if (said instanceof VoteRequest request && !request.preVote()) {
            onVote(node, sender, request.term(), node.id());
        } else if (said instanceof VoteResponse response && !response.preVote() && response.granted()) {
            onVote(node, sender, response.term(), to);
        } else if (said instanceof AppendResponse response && response.accepted()) {
            // One of an older term may speak of entries that the same batch of writes has cut since, by order of a
            // newer
            // leader: that is as if it had been sent before, and onCommit sees to it that nobody relies on it.
            if (response.term() == saved.term() && response.index() > sender.disk.durableIndex()) {
                throw violation(
                        "node " + node.id() + " acknowledges " + response + ", but its disk has "
                                + sender.disk.durableIndex(),
                        null);
            }
        }
    }

    private void onVote(SimNode node, Seen voter, long term, NodeId candidate) {
        HardState saved = voter.disk.saved();
        boolean durable = saved.term() > term || (saved.term() == term && candidate.equals(saved.votedFor()));
        NodeId before = voter.votes.putIfAbsent(term, candidate);
        if (before != null && !before.equals(candidate)) {
            throw violation(
                    "node " + node.id() + " votes for " + candidate + " and for " + before + " in term " + term, null);
        }
        if (!durable) {
            throw violation(
                    "node " + node.id() + " votes for " + candidate + " in term " + term + ", its disk has " + saved,
                    null);
        }
    }

    // ---- a node's turns ----

    void afterTurn(SimNode node, Agent agent) {
        SimNode.Life life = node.life();
        if (first != null) {
            throw first;
        }
        if (life == null || life.broken || life.engine == null || !agent.name().equals("loop")) {
            return;
        }
        Raft raft = life.raft;
        Seen view = seen.get(node.id());
        checkProgress(node, view, raft, life.stateMachine.applied().index());
        boolean newLeader =
                raft.role() == RoleKind.LEADER && (view.role != RoleKind.LEADER || view.term != raft.term());
        if (view.role != raft.role() || view.term != raft.term() || view.commitIndex != raft.commitIndex()) {
            simulation
                    .trace()
                    .add("is " + raft.role(), node.number(), raft.term(), raft.commitIndex(), raft.lastEntry());
        }
        view.term = raft.term();
        view.role = raft.role();
        view.commitIndex = raft.commitIndex();
        view.lastApplied = raft.lastApplied();
        if (newLeader) {
            onLeader(node, raft);
        }
        if (raft.commitIndex() > ledger.lastIndex()) {
            onCommit(node, raft);
        }
        checkLease(node, raft);
    }

    private void checkProgress(SimNode node, Seen view, Raft raft, long applied) {
        boolean back = raft.term() < view.term
                || raft.commitIndex() < view.commitIndex
                || raft.lastApplied() < view.lastApplied
                || raft.term() < view.disk.saved().term();
        boolean order = applied <= raft.commitIndex()
                && raft.lastApplied() <= applied
                && raft.commitIndex() <= raft.lastEntry().index();
        if (back || !order) {
            throw violation(
                    "node " + node.id() + " at term " + raft.term() + ", commit " + raft.commitIndex() + ", applied "
                            + raft.lastApplied() + "/" + applied + ", last " + raft.lastEntry() + " after term "
                            + view.term + ", commit " + view.commitIndex + ", applied " + view.lastApplied,
                    null);
        }
    }

    private void onLeader(SimNode node, Raft raft) {
        faults().count(Kind.LEADER);
        NodeId other = leaders.putIfAbsent(raft.term(), node.id());
        if (other != null && !other.equals(node.id())) {
            throw violation("nodes " + other + " and " + node.id() + " both lead term " + raft.term(), null);
        }
        Map.Entry<Long, Long> before = committedIn.lowerEntry(raft.term());
        if (before != null && raft.lastEntry().index() < before.getValue()) {
            throw violation(
                    "node " + node.id() + " leads term " + raft.term() + " with a log up to " + raft.lastEntry()
                            + "; entries up to " + before.getValue() + " were committed before",
                    null);
        }
    }

    /** A node says that more is committed than anyone knew: then a quorum must have it on disk, in the leader's own term. */
    private void onCommit(SimNode node, Raft raft) {
        long index = raft.commitIndex();
        List<DiskTwin> holders = new ArrayList<>();
        long term = 0;
        for (Seen candidate : seen.values()) {
            term = Math.max(term, candidate.disk.durableTermAt(index));
        }
        for (Seen candidate : seen.values()) {
            if (candidate.disk.durableTermAt(index) == term) {
                holders.add(candidate.disk);
            }
        }
        if (term == 0 || holders.size() <= seen.size() / 2) {
            throw violation(
                    "node " + node.id() + " commits up to " + index + " in term " + raft.term() + ", which "
                            + holders.size() + " of " + seen.size() + " disks hold",
                    null);
        }
        if (raft.role() == RoleKind.LEADER && term != raft.term()) {
            throw violation(
                    "leader " + node.id() + " of term " + raft.term() + " commits entry " + index + " of term " + term
                            + " by counting",
                    null);
        }
        for (long next = ledger.lastIndex() + 1; next <= index; next++) {
            Entry entry = holders.get(0).entry(next);
            for (DiskTwin other : holders) {
                if (!other.entry(next).equals(entry)) {
                    throw violation(
                            "logs differ at committed index " + next + ": " + entry + ", " + other.entry(next), null);
                }
            }
            List<RevisionEvents> changes = ledger.add(entry);
            committedIn.merge(term, next, Math::max);
            answers.onCommitted(next, changes);
        }
    }

    private void checkLease(SimNode node, Raft raft) {
        if (raft.leaseUntilNanos() <= node.clock().getAsLong()) {
            return;
        }
        for (SimNode other : simulation.nodes()) {
            SimNode.Life life = other.life();
            if (other != node
                    && life != null
                    && !life.broken
                    && life.raft != null
                    && life.raft.leaseUntilNanos() > other.clock().getAsLong()) {
                throw violation("nodes " + node.id() + " and " + other.id() + " both hold a read lease", null);
            }
        }
    }

    // ---- apply ----

    void beforeApply(SimNode node, AppliedState before, List<Entry> entries) {
        long expected = before.index();
        for (Entry entry : entries) {
            expected++;
            if (entry.index() != expected) {
                throw violation("node " + node.id() + " applies " + entry + " after entry " + (expected - 1), null);
            }
            if (entry.index() > ledger.lastIndex() || !entry.equals(ledger.entry(entry.index()))) {
                throw violation("node " + node.id() + " applies " + entry + ", which is not committed", null);
            }
        }
    }

    void afterApply(SimNode node, AppliedState before, StateMachine.Outcome outcome) {
        for (ApplyResult result : outcome.results()) {
            long index = result.entry().index();
            if (!result.equals(ledger.applied(index))) {
                throw violation(
                        "node " + node.id() + " answers " + result + " where the twin says " + ledger.applied(index),
                        null);
            }
        }
        long revision = before.revision();
        for (RevisionEvents change : outcome.events()) {
            revision++;
            if (change.revision() != revision || !change.equals(ledger.changes(revision))) {
                throw violation("node " + node.id() + " raises " + change + " after revision " + (revision - 1), null);
            }
        }
        AppliedState after = outcome.applied();
        boolean right = after.revision() == revision
                && revision == ledger.revisionAfter(after.index())
                && after.clusterTimeMillis() == ledger.entry(after.index()).clusterTimeMillis();
        if (!right) {
            throw violation("node " + node.id() + " is at " + after + " after revision " + revision, null);
        }
        visibleRevision = Math.max(visibleRevision, revision);
        simulation.trace().add("applied", node.number(), after.index(), after.revision(), null);
    }

    // ---- death and restart ----

    void onCrash(SimNode node) {
        Seen view = seen.get(node.id());
        view.commitIndex = 0;
        view.lastApplied = 0;
        view.role = RoleKind.FOLLOWER;
    }

    void onRecovered(SimNode node, ObservedLog log) {
        diskOf(node).onRecovered(log);
    }

    void afterStart(SimNode node) {
        Seen view = seen.get(node.id());
        if (node.life().raft.term() < view.disk.saved().term()) {
            throw violation(
                    "node " + node.id() + " starts in term " + node.life().raft.term(), null);
        }
        view.term = node.life().raft.term();
    }

    // ---- the end ----

    /** Returns the leader that every node follows, or null. */
    SimNode agreedLeader() {
        SimNode leader = null;
        for (SimNode node : simulation.nodes()) {
            SimNode.Life life = node.life();
            if (life == null || life.broken || life.raft.leader() == null) {
                return null;
            }
            SimNode follows = simulation.node(life.raft.leader());
            if (leader != null && !Objects.equals(follows, leader)) {
                return null;
            }
            leader = follows;
        }
        return leader != null && leader.life().raft.role() == RoleKind.LEADER ? leader : null;
    }
}
