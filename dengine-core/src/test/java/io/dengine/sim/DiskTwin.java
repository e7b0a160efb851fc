package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.LogReader;
import io.dengine.sim.Faults.Kind;
import io.dengine.storage.LogStore;
import java.util.ArrayList;
import java.util.List;

/** What one node's disk was given and has promised to keep. */
final class DiskTwin {

    private final Oracle oracle;
    private final SimNode node;

    /** By index - 1; what was purged stays here. */
    private final List<Entry> written = new ArrayList<>();

    private long durableIndex;
    /** The last index that was, or was about to be, written. */
    private long attemptedIndex;

    /** The cut of each term's entries by a newer leader: the term of the first entry written instead, and how far the log went. */
    private final List<Cut> cuts = new ArrayList<>();

    private record Cut(long newTerm, long lastIndex) {}

    private HardState saved = HardState.INITIAL;
    private HardState maybeSaved = HardState.INITIAL;

    DiskTwin(Oracle oracle, SimNode node) {
        this.oracle = oracle;
        this.node = node;
    }

    HardState saved() {
        return saved;
    }

    long durableIndex() {
        return durableIndex;
    }

    long lastIndex() {
        return written.size();
    }

    Entry entry(long index) {
        return written.get((int) index - 1);
    }

    /** Returns the term of the durable entry at {@code index}, 0 if there is none. */
    long durableTermAt(long index) {
        return index >= 1 && index <= durableIndex ? entry(index).term() : 0;
    }

    /** All is gone, and nothing stands in place of it. */
    void wipe() {
        written.clear();
        cuts.clear();
        durableIndex = 0;
        attemptedIndex = 0;
        saved = HardState.INITIAL;
        maybeSaved = saved;
    }

    /**
     * Returns whether the entry of {@code term} at {@code index} may have been here and was cut for a newer leader's, or was taken in
     * and never written, since one batch of writes brought it and a newer leader's entry in place of it or of one before.
     */
    boolean gaveWayToNewerLeader(long term, long index) {
        return durableTermAt(Math.min(index, durableIndex)) > term
                || cuts.stream().anyMatch(cut -> cut.newTerm() > term && cut.lastIndex() >= index);
    }

    void beforeSave(HardState next) {
        boolean termBack = next.term() < saved.term();
        boolean voteChanged = next.term() == saved.term()
                && saved.votedFor() != null
                && !saved.votedFor().equals(next.votedFor());
        if (termBack || voteChanged) {
            throw oracle.violation("node " + node.id() + " saves " + next + " after " + saved, null);
        }
        maybeSaved = next;
    }

    void afterSave(HardState next) {
        saved = next;
    }

    void beforeAppend(List<Entry> entries) {
        long first = entries.get(0).index();
        for (long index = first;
                index <= Math.min(written.size(), oracle.ledger().lastIndex());
                index++) {
            EntryId present = entry(index).id();
            long offset = index - first;
            boolean kept =
                    offset < entries.size() && entries.get((int) offset).id().equals(present);
            // It may have been decided on before the entry was committed, and written only now. Then it was by order of
            // a
            // leader older than the one that committed the entry, and others hold it.
            if (!kept
                    && present.equals(oracle.ledger().entry(index).id())
                    && (entries.get(0).term() >= oracle.ledger().commitTerm(index)
                            || !oracle.isSafeWithout(this, index))) {
                throw oracle.violation("node " + node.id() + " cuts the committed entry " + present, null);
            }
        }
        if (first <= written.size()) {
            cuts.add(new Cut(entries.get(0).term(), attemptedIndex));
            oracle.faults().count(Kind.ENTRIES_CUT);
        }
        durableIndex = Math.min(durableIndex, first - 1);
        attemptedIndex = entries.get(entries.size() - 1).index();
    }

    void afterAppend(List<Entry> entries) {
        long first = entries.get(0).index();
        if (first > written.size() + 1L) {
            throw oracle.violation("node " + node.id() + " leaves a gap before entry " + first, null);
        }
        written.subList((int) first - 1, written.size()).clear();
        written.addAll(entries);
    }

    void afterSync() {
        durableIndex = written.size();
    }

    /** The log is about to start over behind a snapshot, since what it holds there differs or is missing. */
    void beforeReset(EntryId base) {
        long index = base.index();
        if (index > oracle.ledger().lastIndex()
                || !oracle.ledger().entry(index).id().equals(base)) {
            throw oracle.violation("node " + node.id() + " starts its log over at " + base + ", not committed", null);
        }
        if (holdsDurably(base)) {
            throw oracle.violation("node " + node.id() + " starts its log over at " + base + ", which it holds", null);
        }
    }

    /** What the snapshot covers counts as held: the state has it. */
    void afterReset(EntryId base) {
        oracle.faults().count(Kind.LOG_RESTARTED);
        written.clear();
        for (long index = 1; index <= base.index(); index++) {
            written.add(oracle.ledger().entry(index));
        }
        durableIndex = base.index();
        attemptedIndex = base.index();
    }

    private boolean holdsDurably(EntryId id) {
        return durableTermAt(id.index()) == id.term();
    }

    /** Compares what a restarted node finds with what the disk had promised, and goes on from there. */
    void onRecovered(LogStore log) {
        EntryId base = log.base();
        if (base.index() > 0 && !holdsDurably(base)) {
            beforeReset(base); // a crash came between the installation of the snapshot and that of the log
            afterReset(base);
        }
        if (!oracle.believesDisks()) {
            compare(log);
        }
        saved = log.hardState();
        maybeSaved = saved;
        countLoss(log);
        adopt(log);
    }

    private void compare(LogStore log) {
        HardState found = log.hardState();
        if (!found.equals(saved) && !found.equals(maybeSaved)) {
            throw oracle.violation(
                    "node " + node.id() + " saved " + saved + " (was saving " + maybeSaved + ") and finds " + found
                            + " after a restart",
                    null);
        }
        if (log.last().index() < durableIndex) {
            throw oracle.violation(
                    "node " + node.id() + " synced its log up to " + durableIndex + " and finds it up to " + log.last()
                            + " after a restart",
                    null);
        }
        for (Entry entry : all(log)) {
            long index = entry.index();
            if (index <= durableIndex && !entry.equals(entry(index))) {
                throw oracle.violation(
                        "node " + node.id() + " synced " + entry(index) + " and finds " + entry + " after a restart",
                        null);
            }
        }
    }

    private void countLoss(LogStore log) {
        long kept = log.last().index();
        if (kept < attemptedIndex) {
            oracle.faults().count(Kind.UNSYNCED_LOST);
            if (kept > durableIndex) {
                oracle.faults().count(Kind.TORN_WRITE);
            }
        }
    }

    private void adopt(LogStore log) {
        long base = log.base().index();
        written.subList((int) Math.min(base, written.size()), written.size()).clear();
        if (written.size() < base) {
            throw oracle.violation(
                    "node " + node.id() + " finds a log from " + base + ", but had only " + written.size(), null);
        }
        written.addAll(all(log));
        durableIndex = written.size();
        attemptedIndex = written.size();
    }

    private static List<Entry> all(LogReader log) {
        long first = log.base().index() + 1;
        long last = log.last().index();
        return first > last ? List.of() : log.read(first, last + 1, Long.MAX_VALUE);
    }
}
