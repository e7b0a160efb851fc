package io.dengine.sim;

import io.dengine.node.Agent;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import io.dengine.transport.PeerMessage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Watches every node at once and knows what no node may do. It is asked where things happen: before a message leaves,
 * before and after a disk write, after each turn of an event loop, around each apply, and at each restart. The rules themselves
 * are in the classes named after those places.
 */
final class Oracle {

    private final Simulation simulation;
    private final Ledger ledger = new Ledger();
    private final Answers answers;
    private final EntryBook book;
    private final MessageRules messages;
    private final TurnRules turns;
    private final ApplyRules applies;
    private final Map<NodeId, NodeView> views = new TreeMap<>();
    private final Map<Long, NodeId> leaders = new TreeMap<>();

    /** When the last entry of each turn of a leader was created. */
    private final TreeMap<EntryId, Long> createdNanos = new TreeMap<>();

    private long visibleRevision = 1;
    private Violation first;

    Oracle(Simulation simulation) {
        this.simulation = simulation;
        this.book = new EntryBook(this, simulation.bootstrap());
        this.messages = new MessageRules(this, book);
        this.answers = new Answers(simulation, this);
        this.turns = new TurnRules(simulation, this);
        this.applies = new ApplyRules(this, simulation.stateRot());
    }

    void watch(SimNode node) {
        views.put(node.id(), new NodeView(node, new DiskTwin(this, node)));
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

    /** Returns whether disks are to be believed, for a planted bug whose consequences alone shall show it. */
    boolean believesDisks() {
        return simulation.bug() == PlantedBug.VOTE_FORGOTTEN;
    }

    Ledger ledger() {
        return ledger;
    }

    Answers answers() {
        return answers;
    }

    EntryBook book() {
        return book;
    }

    Faults faults() {
        return simulation.faults();
    }

    Collection<NodeView> views() {
        return views.values();
    }

    NodeView view(NodeId node) {
        return views.get(node);
    }

    DiskTwin diskOf(SimNode node) {
        return views.get(node.id()).disk;
    }

    /**
     * Returns the newest revision that any node has applied, so that somebody may have seen it. What is committed beyond it
     * nobody knows of yet: a read under a lease need not show it.
     */
    long visibleRevision() {
        return visibleRevision;
    }

    void noteCreated(EntryId newest) {
        createdNanos.putIfAbsent(newest, simulation.scheduler().now());
    }

    /** Returns when the committed entry at {@code index} was stamped. */
    long createdNanos(long index) {
        Map.Entry<EntryId, Long> turn =
                createdNanos.ceilingEntry(ledger.entry(index).id());
        return turn == null ? simulation.scheduler().now() : turn.getValue();
    }

    /** {@code view} acts as the leader of {@code term}: nobody else ever did or will. */
    void leads(NodeView view, long term) {
        NodeId other = leaders.putIfAbsent(term, view.node.id());
        if (other != null && !other.equals(view.node.id())) {
            throw violation("nodes " + other + " and " + view.node.id() + " both lead term " + term, null);
        }
    }

    /** Returns who has led {@code term}, or null. */
    NodeId leaderOf(long term) {
        return leaders.get(term);
    }

    /** Returns whether {@code some} are a quorum of the membership that a node believes in, which is its log's: see {@link TurnRules}. */
    boolean isQuorum(NodeView view, Set<NodeId> some) {
        return view.node.life().raft.membership().hasQuorum(some::contains);
    }

    /** Returns whether a quorum of the other disks holds the committed entry at {@code index}. */
    boolean isSafeWithout(DiskTwin disk, long index) {
        long term = ledger.entry(index).term();
        return simulation.membership().hasQuorum(id -> {
            DiskTwin other = views.get(id).disk;
            return other != disk && other.durableTermAt(index) == term;
        });
    }

    // ---- where things happen ----

    void onSend(SimNode node, NodeId to, PeerMessage message) {
        messages.onSend(view(node.id()), to, message);
    }

    void onDeliver(SimNode node, NodeId from, PeerMessage message) {
        messages.onDeliver(view(node.id()), from, message);
    }

    void afterTurn(SimNode node, Agent agent) {
        Life life = node.life();
        if (first != null) {
            throw first;
        }
        if (life == null || life.engine == null || !agent.name().equals("loop")) {
            return;
        }
        if (life.broken) {
            turns.checkCommit(view(node.id()), life.raft);
        } else {
            turns.check(view(node.id()), life);
            book.memberships().afterTurn();
        }
    }

    void beforeApply(SimNode node, AppliedState before, List<Entry> entries) {
        applies.before(node, before, entries);
    }

    void afterApply(SimNode node, AppliedState before, StateMachine.Outcome outcome) {
        applies.after(node, before, outcome);
        AppliedState after = outcome.applied();
        visibleRevision = Math.max(visibleRevision, after.revision());
        simulation.trace().add("applied", node.number(), after.index(), after.revision(), null);
    }

    /** A snapshot takes the place of a node's state. */
    void beforeReplace(SimNode node, TableStore tables) {
        applies.beforeReplace(node, tables);
        simulation.stateRot().onReplaced(node);
        AppliedState after = tables.applied();
        visibleRevision = Math.max(visibleRevision, after.revision());
        faults().count(Faults.Kind.SNAPSHOT_INSTALLED);
        simulation.trace().add("restored", node.number(), after.index(), after.revision(), null);
    }

    /** A node's disk is empty: it promised nothing, and must not act as if it were the one before. */
    void onWiped(SimNode node) {
        diskOf(node).wipe();
        view(node.id()).term = 0;
    }

    void onCrash(SimNode node) {
        view(node.id()).onCrash();
        book.memberships().onCrash();
    }

    void onRecovered(SimNode node, ObservedLog log) {
        diskOf(node).onRecovered(log);
    }

    void afterStart(SimNode node) {
        NodeView view = view(node.id());
        Raft raft = node.life().raft;
        if (raft.term() < view.disk.saved().term()) {
            throw violation("node " + node.id() + " starts in term " + raft.term(), null);
        }
        view.term = raft.term();
    }

    // ---- the end ----

    /** Returns the leader that every node in service follows, or null. */
    SimNode agreedLeader() {
        SimNode leader = null;
        for (SimNode node : simulation.nodesInService()) {
            Life life = node.life();
            if (life == null || life.broken || life.raft.leader() == null) {
                return null;
            }
            SimNode follows = simulation.node(life.raft.leader());
            if (leader != null && !Objects.equals(follows, leader)) {
                return null;
            }
            leader = follows;
        }
        return leader != null && leader.life() != null && leader.life().raft.role() == RoleKind.LEADER ? leader : null;
    }
}
