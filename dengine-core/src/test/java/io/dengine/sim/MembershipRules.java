package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import java.util.ArrayList;
import java.util.List;

/** From which membership the log may go to which (Raft paper, section 6; Ongaro's thesis, section 4). */
final class MembershipRules {

    private record Made(EntryId id, long beforeIndex, Membership next) {}

    private final Oracle oracle;
    private final List<Made> made = new ArrayList<>();

    MembershipRules(Oracle oracle) {
        this.oracle = oracle;
    }

    /**
     * A leader has made an entry with a membership.
     *
     * @param beforeIndex where the membership before it came with, 0 for that of the beginning
     */
    void onMade(Entry entry, long beforeIndex, Membership before, Membership next) {
        if (next.equals(before)) {
            return; // the first leader of a cluster writes down what it began with
        }
        boolean sameVoters =
                next.voters().equals(before.voters()) && next.outgoing().equals(before.outgoing());
        boolean enters = !before.isJoint() && next.isJoint() && next.outgoing().equals(before.voters());
        boolean leaves = before.isJoint() && !next.isJoint() && next.voters().equals(before.voters());
        if (!sameVoters && !enters && !leaves) {
            throw oracle.violation("entry " + entry.id() + " goes from " + before + " to " + next + " at once", null);
        }
        made.add(new Made(entry.id(), beforeIndex, next));
        if (!sameVoters) {
            oracle.faults().count(enters ? Faults.Kind.JOINT_ENTERED : Faults.Kind.JOINT_LEFT);
        }
        if (!next.learners().equals(before.learners())) {
            oracle.faults().count(Faults.Kind.LEARNERS_CHANGED);
        }
    }

    /** The turn in which entries were made is over, and what was committed in it is known. */
    void afterTurn() {
        made.forEach(this::check);
        made.clear();
    }

    /** The turn may not have come to its end. */
    void onCrash() {
        made.clear();
    }

    private void check(Made one) {
        if (one.beforeIndex() > oracle.ledger().lastIndex()) {
            throw oracle.violation(
                    "entry " + one.id() + " brings " + one.next() + " before that of entry " + one.beforeIndex()
                            + " is committed",
                    null);
        }
        long newest = oracle.ledger().lastIndex();
        if (newest == 0 || oracle.ledger().commitTerm(newest) < one.id().term()) {
            throw oracle.violation(
                    "entry " + one.id() + " brings " + one.next() + " before anything of its term is committed", null);
        }
    }
}
