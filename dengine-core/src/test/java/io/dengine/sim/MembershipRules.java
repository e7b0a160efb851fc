package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.membership.Membership;

/** From which membership the log may go to which (Raft paper, section 6; Ongaro's thesis, section 4). */
final class MembershipRules {

    private final Oracle oracle;

    MembershipRules(Oracle oracle) {
        this.oracle = oracle;
    }

    /**
     * A leader has made an entry with a membership.
     *
     * @param beforeIndex where the membership before it came with, 0 for that of the beginning
     */
    void onMade(Entry entry, long beforeIndex, Membership before, Membership next) {
        boolean sameVoters = next.voters().equals(before.voters()) && next.outgoing().equals(before.outgoing());
        boolean enters = !before.isJoint() && next.isJoint() && next.outgoing().equals(before.voters());
        boolean leaves = before.isJoint() && !next.isJoint() && next.voters().equals(before.voters());
        if (!sameVoters && !enters && !leaves) {
            throw oracle.violation("entry " + entry.id() + " goes from " + before + " to " + next + " at once", null);
        }
        if (beforeIndex > oracle.ledger().lastIndex()) {
            throw oracle.violation(
                    "entry " + entry.id() + " brings " + next + " before that of entry " + beforeIndex
                            + " is committed",
                    null);
        }
        long newest = oracle.ledger().lastIndex();
        if (newest == 0 || oracle.ledger().entry(newest).term() < entry.term()) {
            throw oracle.violation(
                    "entry " + entry.id() + " brings " + next + " before anything of its term is committed", null);
        }
        if (!sameVoters) {
            oracle.faults().count(enters ? Faults.Kind.JOINT_ENTERED : Faults.Kind.JOINT_LEFT);
        }
        if (!next.learners().equals(before.learners())) {
            oracle.faults().count(Faults.Kind.LEARNERS_CHANGED);
        }
    }
}
