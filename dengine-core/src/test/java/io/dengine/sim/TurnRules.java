package io.dengine.sim;

import io.dengine.raft.PeerProgress;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a node's core may look like after each turn of its event loop. */
final class TurnRules {

    private final Simulation simulation;
    private final Oracle oracle;
    private final Ledger ledger;
    private final Answers answers;

    /** The last index committed in each term, by the terms of the entries. */
    private final TreeMap<Long, Long> committedIn = new TreeMap<>();

    TurnRules(Simulation simulation, Oracle oracle) {
        this.simulation = simulation;
        this.oracle = oracle;
        this.ledger = oracle.ledger();
        this.answers = oracle.answers();
    }

    void check(NodeView view, Life life) {
        Raft raft = life.raft;
        long localNanos = view.node.clock().getAsLong();
        checkProgress(view, raft, life.stateMachine.applied().index());
        boolean leads = raft.role() == RoleKind.LEADER;
        boolean sameTerm = view.role == raft.role() && view.term == raft.term();
        if (!sameTerm || view.commitIndex != raft.commitIndex()) {
            simulation
                    .trace()
                    .add("is " + raft.role(), view.node.number(), raft.term(), raft.commitIndex(), raft.lastEntry());
        }
        if (leads && sameTerm && raft.lastEntry().compareTo(view.lastEntry) < 0) {
            throw violation(view, "leads and cuts its own log from " + view.lastEntry + " to " + raft.lastEntry());
        }
        if (leads) {
            oracle.noteCreated(raft.lastEntry());
        }
        noteTurn(view, raft, localNanos);
        view.term = raft.term();
        view.role = raft.role();
        view.commitIndex = raft.commitIndex();
        view.lastApplied = raft.lastApplied();
        view.lastEntry = raft.lastEntry();
        view.membershipBefore = view.membership;
        view.membership = raft.membership();
        checkMembership(view, raft);
        if (leads && !sameTerm) {
            view.leadsSinceNanos = localNanos;
            onLeader(view, raft);
        }
        checkCommit(view, raft);
        checkCommitted(view, raft);
        if (leads) {
            checkPeers(view, raft);
            checkContact(view, raft);
        }
        checkLease(view, raft);
    }

    /** Also after a turn that broke the node down: the applier may have got what it committed before. */
    void checkCommit(NodeView view, Raft raft) {
        if (raft.commitIndex() > ledger.lastIndex()) {
            onCommit(view, raft);
        }
    }

    /** A membership is in effect from its entry on, and goes when the entry is cut. */
    private void checkMembership(NodeView view, Raft raft) {
        Membership inLog = oracle.book().membershipAt(raft.lastEntry());
        if (inLog != null && !inLog.equals(raft.membership())) {
            throw violation(
                    view,
                    "believes in " + raft.membership() + ", its log up to " + raft.lastEntry() + " says " + inLog);
        }
        // Who is to leave may be the only one that has the entry that says so, while that is not known to be committed.
        NodeId id = view.node.id();
        boolean votes = raft.openMemberships().stream().anyMatch(membership -> membership.isVoter(id));
        if (raft.role() == RoleKind.CANDIDATE && !votes) {
            throw violation(view, "stands for election without a vote in " + raft.membership());
        }
    }

    private void checkProgress(NodeView view, Raft raft, long applied) {
        boolean back = raft.term() < view.term
                || raft.commitIndex() < view.commitIndex
                || raft.lastApplied() < view.lastApplied
                || raft.term() < view.disk.saved().term();
        boolean order = applied <= raft.commitIndex()
                && raft.lastApplied() <= applied
                && raft.commitIndex() <= raft.lastEntry().index()
                && raft.durable().index() <= raft.lastEntry().index();
        if (back || !order) {
            throw violation(
                    view,
                    "at term " + raft.term() + ", commit " + raft.commitIndex() + ", applied " + raft.lastApplied()
                            + "/" + applied + ", last " + raft.lastEntry() + " after term " + view.term + ", commit "
                            + view.commitIndex + ", applied " + view.lastApplied);
        }
    }

    private void onLeader(NodeView view, Raft raft) {
        oracle.faults().count(Kind.LEADER);
        oracle.leads(view, raft.term());
        Map.Entry<Long, Long> before = committedIn.lowerEntry(raft.term());
        if (before == null) {
            return;
        }
        // What the disk has not yet been given the core alone knows; a commit of it is seen later.
        long known = Math.min(before.getValue(), raft.durable().index());
        boolean complete = raft.lastEntry().index() >= before.getValue()
                && (!isOnDisk(view, raft)
                        || known == 0
                        || view.disk
                                .entry(known)
                                .id()
                                .equals(ledger.entry(known).id()));
        if (!complete) {
            throw violation(
                    view,
                    "leads term " + raft.term() + " with a log up to " + raft.lastEntry() + " that lacks entries up to "
                            + before.getValue() + " committed before");
        }
    }

    /** A node says that more is committed than anyone knew: then a quorum must have it on disk, in the leader's own term. */
    private void onCommit(NodeView view, Raft raft) {
        long index = raft.commitIndex();
        long term = 0;
        for (NodeView candidate : oracle.views()) {
            term = Math.max(term, candidate.disk.durableTermAt(index));
        }
        Set<NodeId> holders = new TreeSet<>();
        List<DiskTwin> copies = new ArrayList<>();
        for (NodeView candidate : oracle.views()) {
            if (candidate.disk.durableTermAt(index) == term) {
                holders.add(candidate.node.id());
                copies.add(candidate.disk);
            } else if (isOtherDisk(raft, candidate.node)) {
                holders.add(candidate.node.id()); // it may have held it, and said so
            }
        }
        // The next change may have been begun in the same turn, by this very commit.
        boolean agreed = oracle.isQuorum(view, holders) || view.membershipBefore.hasQuorum(holders::contains);
        if (term == 0 || !agreed) {
            throw violation(
                    view,
                    "commits up to " + index + " in term " + raft.term() + ", which the disks of " + holders + " hold");
        }
        if (raft.role() == RoleKind.LEADER && term != raft.term()) {
            throw violation(
                    view,
                    "leads term " + raft.term() + " and commits entry " + index + " of term " + term + " by counting");
        }
        for (long next = ledger.lastIndex() + 1; next <= index; next++) {
            Entry entry = copies.get(0).entry(next);
            for (DiskTwin other : copies) {
                if (!other.entry(next).equals(entry)) {
                    throw violation(
                            view, "commits index " + next + ", where logs differ: " + entry + ", " + other.entry(next));
                }
            }
            List<RevisionEvents> changes = ledger.add(entry, raft.term());
            if (entry.kind() == EntryKind.MEMBERSHIP) {
                simulation
                        .membership()
                        .members()
                        .forEach(member -> simulation.node(member).noteMember());
            }
            committedIn.merge(term, next, Math::max);
            answers.onCommitted(next, changes);
        }
    }

    /** Whatever a node takes for committed, and has on disk, is what was committed there. */
    private void checkCommitted(NodeView view, Raft raft) {
        long index = Math.min(raft.commitIndex(), raft.durable().index());
        if (index > 0
                && isOnDisk(view, raft)
                && !view.disk.entry(index).id().equals(ledger.entry(index).id())) {
            throw violation(
                    view, "takes " + view.disk.entry(index) + " for committed, which is " + ledger.entry(index));
        }
    }

    /** Returns whether the disk is where the core believes it: not while it is to start over behind a snapshot. */
    private static boolean isOnDisk(NodeView view, Raft raft) {
        EntryId durable = raft.durable();
        return view.disk.durableTermAt(durable.index()) == durable.term();
    }

    /** Returns whether this may not be the disk that a leader has heard of, but one in its place. */
    private boolean isOtherDisk(Raft raft, SimNode node) {
        if (simulation.nemesis().churn().isLost(node)) {
            return true;
        }
        Membership now = raft.membership();
        Life life = node.life();
        return node.storages() > 0
                && (life == null
                        || life.directory == null
                        || !now.contains(node.id())
                        || !life.directory
                                .storageId()
                                .equals(now.member(node.id()).storageId()));
    }

    /** What a leader believes of a peer its disk holds, unless the peer has followed a newer leader since. */
    private void checkPeers(NodeView view, Raft raft) {
        for (PeerProgress peer : raft.peers()) {
            DiskTwin disk = oracle.view(peer.peer()).disk;
            long match = peer.matchIndex();
            boolean follows = !isOtherDisk(raft, oracle.view(peer.peer()).node)
                    && disk.saved().term() <= raft.term()
                    && match > 0;
            boolean held = !follows
                    || (match <= disk.durableIndex()
                            && (match > raft.durable().index()
                                    || !isOnDisk(view, raft)
                                    || disk.entry(match)
                                            .id()
                                            .equals(view.disk.entry(match).id())));
            if (!held || peer.nextIndex() <= match) {
                throw violation(
                        view,
                        "leads term " + raft.term() + " and believes " + peer + ", whose disk has "
                                + disk.durableIndex());
            }
        }
    }

    private void noteTurn(NodeView view, Raft raft, long localNanos) {
        if (raft.term() != view.term) {
            view.heard.clear();
        }
        view.answered.forEach(peer -> view.heard.put(peer, localNanos));
        view.answered.clear();
        view.turns.add(localNanos);
        while (view.turns.size() > 1) {
            long oldest = view.turns.removeFirst();
            if (view.turns.getFirst() > localNanos - simulation.swarm().heartbeatNanos) {
                view.turns.addFirst(oldest);
                return;
            }
        }
    }

    /**
     * A leader that no quorum answers steps down (thesis, section 6.2). It looks at each heartbeat, so within the last interval, and
     * counts an election timeout back from the turn before: the answers that came while it stood still it has not read yet.
     */
    private void checkContact(NodeView view, Raft raft) {
        Swarm swarm = simulation.swarm();
        long looked = view.turns.getFirst();
        if (looked > view.turns.getLast() - swarm.heartbeatNanos) {
            return; // started just now
        }
        long silentSince = looked - swarm.electionTimeoutNanos;
        Set<NodeId> present = new TreeSet<>();
        present.add(view.node.id());
        view.heard.forEach((peer, nanos) -> {
            if (nanos > silentSince) {
                present.add(peer);
            }
        });
        if (view.leadsSinceNanos <= silentSince && !oracle.isQuorum(view, present)) {
            throw violation(view, "leads term " + raft.term() + " still, though only " + present + " answer");
        }
    }

    private void checkLease(NodeView view, Raft raft) {
        if (simulation.hasWildClock()
                || raft.leaseUntilNanos() <= view.node.clock().getAsLong()) {
            return;
        }
        for (NodeView other : oracle.views()) {
            Life life = other.node.life();
            if (other != view
                    && life != null
                    && !life.broken
                    && life.raft != null
                    && life.raft.leaseUntilNanos() > other.node.clock().getAsLong()) {
                throw violation(view, "holds a read lease, and node " + other.node.id() + " does too");
            }
        }
    }

    private Violation violation(NodeView view, String what) {
        return oracle.violation("node " + view.node.id() + " " + what, null);
    }
}
