package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.LogReader;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.MembershipLog;

/** What a node finds on its disk when it starts: state, log and term must belong together. Stateless. */
final class DurableState {

    /** How much of the log is in memory at a time while it is searched for memberships. */
    private static final long SCAN_BYTES = 4 << 20;

    private DurableState() {}

    static void requireConsistent(HardState hardState, LogReader log, long appliedIndex) {
        EntryId base = log.base();
        EntryId last = log.last();
        if (appliedIndex < base.index() || appliedIndex > last.index()) {
            throw new IllegalStateException("the state machine has applied " + appliedIndex + ", the log holds entries "
                    + (base.index() + 1) + " to " + last.index() + ": they do not belong together");
        }
        if (hardState.term() < last.term()) {
            throw new IllegalStateException(
                    "the saved term is " + hardState.term() + ", the log ends at " + last + ": the term was lost");
        }
    }

    /** Returns {@code applied} and the memberships in the log above it. */
    static MembershipLog memberships(LogReader log, long appliedIndex, Membership applied) {
        MembershipLog memberships = new MembershipLog(appliedIndex, applied);
        long lastIndex = log.last().index();
        for (long next = appliedIndex + 1; next <= lastIndex; ) {
            for (Entry entry : log.read(next, lastIndex + 1, SCAN_BYTES)) {
                if (entry.kind() == EntryKind.MEMBERSHIP) {
                    memberships.append(entry.index(), MembershipCodec.decode(entry.payload()));
                }
                next = entry.index() + 1;
            }
        }
        return memberships;
    }
}
