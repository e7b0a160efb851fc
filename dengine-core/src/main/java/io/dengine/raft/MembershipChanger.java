package io.dengine.raft;

import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.progress.CatchUp;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leads the cluster from one membership to the next, for one term. Where the voters change the way goes through a joint
 * membership (Raft paper, section 6), whatever their number: the two majorities make it safe, and the leader leaves it by itself.
 * A step starts only when the one before it is committed, and an entry of this term too, so that there are never more than
 * two sets of voters to think of.
 */
final class MembershipChanger {

    private final NodeState node;
    private final Replicator replicator;
    private final Consumer<Membership> append;
    private final Map<NodeId, CatchUp> learners = new TreeMap<>();

    /**
     * @param append appends an entry with a membership
     */
    MembershipChanger(NodeState node, Replicator replicator, Consumer<Membership> append) {
        this.node = node;
        this.replicator = replicator;
        this.append = append;
    }

    ChangeOutcome start(MembershipChange change) {
        Membership now = node.membership();
        if (isStepOpen()) {
            return refused(ChangeOutcome.Reason.CHANGE_IN_PROGRESS, "another change is not through yet: " + now);
        }
        Membership target;
        try {
            target = change.applyTo(now);
        } catch (IllegalArgumentException e) {
            return refused(ChangeOutcome.Reason.INVALID, String.valueOf(e.getMessage()));
        }
        if (target.equals(now)) {
            return new ChangeOutcome.Unchanged();
        }
        boolean sameVoters = target.voters().equals(now.voters());
        ChangeOutcome risk = sameVoters ? null : riskOf(now, target);
        if (risk != null) {
            return risk;
        }
        boolean direct = sameVoters || !node.enforces(SafetyRule.CHANGE_JOINTLY);
        append.accept(direct ? target : now.towards(target));
        return new ChangeOutcome.Started(node.log.lastIndex());
    }

    /**
     * Takes the step that is due, if one is.
     *
     * @return whether what is due needs another leader, since this one is to leave
     */
    boolean proceed() {
        watchLearners();
        Membership now = node.membership();
        if (node.isMembershipUncommitted()) {
            Membership before = node.previousMembership();
            boolean stuck = now.isJoint() && !now.hasQuorum(this::isNotSilent) && before.hasQuorum(this::isAnswering);
            if (stuck) {
                // The voters that would be have fallen silent. Back is as safe as forth: every quorum of the joint
                // membership has a majority of the old voters in it. Soon, while this one still leads: later nobody
                // could be elected, unless there was one old voter only.
                append.accept(before);
            }
            return false;
        }
        if (now.isJoint()) {
            append.accept(now.settled());
            return false;
        }
        for (NodeId learner : now.learners()) {
            if (now.member(learner).readOnly() || !isCaughtUp(learner)) {
                continue;
            }
            ChangeOutcome outcome = start(new MembershipChange.Promote(learner));
            if (!(outcome instanceof ChangeOutcome.Refused refused)) {
                return false;
            }
            if (refused.reason() == ChangeOutcome.Reason.LEADER_LEAVES) {
                return true;
            }
        }
        return false;
    }

    private void watchLearners() {
        Set<NodeId> present = node.membership().learners();
        learners.keySet().retainAll(present);
        for (NodeId learner : present) {
            learners.computeIfAbsent(learner, absent -> new CatchUp(node.log.lastIndex(), node.now()))
                    .observe(
                            replicator.matchIndex(learner),
                            node.log.lastIndex(),
                            node.now(),
                            node.config.electionTimeoutNanos());
        }
    }

    private boolean isCaughtUp(NodeId learner) {
        CatchUp catchUp = learners.get(learner);
        return catchUp != null && catchUp.isCaughtUp() && isAnswering(learner);
    }

    /** Returns whether {@code member} has answered in the last half of an election timeout, some heartbeats ago at most. */
    private boolean isAnswering(NodeId member) {
        return replicator.hasAnsweredWithin(member, node.config.electionTimeoutNanos() / 2);
    }

    /** As above, but one that has just become a peer has that time to answer first. */
    private boolean isNotSilent(NodeId member) {
        long silentSince = replicator.silentSinceNanos(member);
        return silentSince == Long.MAX_VALUE
                || (silentSince != Long.MIN_VALUE && node.now() - silentSince < node.config.electionTimeoutNanos() / 2);
    }

    private boolean isStepOpen() {
        return node.membership().isJoint() || node.isMembershipUncommitted();
    }

    private @Nullable ChangeOutcome riskOf(Membership now, Membership target) {
        // Where no voter stays there is nobody to hand over to: then this one leads the change and steps down after it.
        if (!target.voters().contains(node.self) && !Collections.disjoint(target.voters(), now.voters())) {
            return refused(
                    ChangeOutcome.Reason.LEADER_LEAVES,
                    "node " + node.self + " leads: it must hand leadership over before it leaves the voters");
        }
        for (NodeId voter : target.voters()) {
            if (!now.voters().contains(voter) && !isCaughtUp(voter)) {
                long missing = node.log.lastIndex() - replicator.matchIndex(voter);
                return refused(
                        ChangeOutcome.Reason.NOT_CAUGHT_UP,
                        "node " + voter + " lacks " + missing + " entries of the log"
                                + (isAnswering(voter) ? "" : " and does not answer")
                                + ": it can vote once it has caught up");
            }
        }
        if (!target.hasQuorum(this::isAnswering)) {
            Set<NodeId> silent = new TreeSet<>(target.voters());
            silent.removeIf(this::isAnswering);
            return refused(
                    ChangeOutcome.Reason.QUORUM_AT_RISK,
                    "of the voters " + target.voters() + " that would be, " + silent
                            + " do not answer: the cluster would stop");
        }
        return null;
    }

    private static ChangeOutcome refused(ChangeOutcome.Reason reason, String text) {
        return new ChangeOutcome.Refused(reason, text);
    }
}
