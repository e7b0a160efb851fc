package io.dengine.raft;

import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.LogReader;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Raft with one safety rule left out, so that tests can prove that their checks see it. */
public final class PlantedRaft {

    /** What is wrong. */
    public enum Bug {
        /** Commits entries of older terms by counting copies (Raft paper, figure 8). */
        COMMIT_OLDER_TERM(SafetyRule.COMMIT_OWN_TERM_ONLY),
        /** Answers reads without asking a quorum. */
        UNCONFIRMED_READ(SafetyRule.CONFIRM_READS),
        /** The leader counts and applies its own entries before they are durable. */
        COUNT_UNSYNCED(SafetyRule.COUNT_ONLY_DURABLE),
        /** Votes for candidates whose log is older. */
        VOTE_STALE_LOG(SafetyRule.COMPARE_LOGS),
        /** Counts a lease from the answer's arrival. */
        LEASE_FROM_RECEIPT(SafetyRule.LEASE_FROM_SEND),
        /** Votes although a leader was heard just now. */
        BREAK_PROMISE(SafetyRule.KEEP_PROMISE),
        /** Goes from one set of voters to the next in one step. */
        SKIP_JOINT(SafetyRule.CHANGE_JOINTLY),
        /** Keeps a membership whose entry was cut. */
        KEEP_CUT_MEMBERSHIP(SafetyRule.ROLL_BACK_MEMBERSHIP),
        /** Changes the members before it has committed anything of its own. */
        CHANGE_EARLY(SafetyRule.CHANGE_IN_OWN_TERM),
        /** Counts learners when it commits. */
        COUNT_LEARNERS(SafetyRule.COUNT_VOTERS_ONLY),
        /** Leads on though nobody answers. */
        LEAD_UNHEARD(SafetyRule.STEP_DOWN_UNHEARD);

        private final SafetyRule broken;

        Bug(SafetyRule broken) {
            this.broken = broken;
        }

        Set<SafetyRule> remainingRules() {
            return EnumSet.complementOf(EnumSet.of(broken));
        }
    }

    private PlantedRaft() {}

    /** As the public constructor of {@link Raft}, with a bug. */
    public static Raft create(
            Bug bug,
            RaftConfig config,
            NodeId self,
            Membership membership,
            HardState hardState,
            LogReader log,
            long appliedIndex,
            long nowNanos,
            RandomGenerator random) {
        return new Raft(config, self, membership, hardState, log, appliedIndex, nowNanos, random, bug.remainingRules());
    }
}
