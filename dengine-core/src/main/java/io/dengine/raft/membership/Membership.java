package io.dengine.raft.membership;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Who belongs to the cluster and whose agreement counts. Immutable. While {@code outgoing} is not empty the membership
 * is joint: agreement then needs a majority of {@code voters} and a majority of {@code outgoing} (Raft paper, section 6).
 *
 * @param voters who votes; at least one
 * @param outgoing who voted before the change under way; empty if none is
 * @param learners who receives the log without a vote; none of them is in {@code voters} or {@code outgoing}
 */
public record Membership(SortedSet<NodeId> voters, SortedSet<NodeId> outgoing, SortedSet<NodeId> learners) {

    public Membership {
        voters = copy(voters);
        outgoing = copy(outgoing);
        learners = copy(learners);
        if (voters.isEmpty()) {
            throw new IllegalArgumentException("a cluster needs at least one voter");
        }
        if (!Collections.disjoint(learners, voters) || !Collections.disjoint(learners, outgoing)) {
            throw new IllegalArgumentException(
                    "learners " + learners + " overlap voters " + voters + " or outgoing voters " + outgoing);
        }
    }

    /** Returns a membership of voters only. */
    public static Membership ofVoters(Collection<NodeId> voters) {
        return new Membership(new TreeSet<>(voters), new TreeSet<>(), new TreeSet<>());
    }

    public boolean isVoter(NodeId node) {
        return voters.contains(node) || outgoing.contains(node);
    }

    public boolean contains(NodeId node) {
        return isVoter(node) || learners.contains(node);
    }

    /** Returns everyone, in order of id. */
    public Set<NodeId> members() {
        SortedSet<NodeId> all = new TreeSet<>(voters);
        all.addAll(outgoing);
        all.addAll(learners);
        return all;
    }

    /** Returns whether those for whom {@code yes} holds are a quorum. */
    public boolean hasQuorum(Predicate<NodeId> yes) {
        return Majority.agrees(voters, yes) && Majority.agrees(outgoing, yes);
    }

    /** Returns whether this node decides alone. */
    public boolean isQuorumAlone(NodeId node) {
        return hasQuorum(node::equals);
    }

    /** Returns the highest value that a quorum has reached: with match indexes, what may be committed. */
    public long reachedByQuorum(ToLongFunction<NodeId> value) {
        return Math.min(Majority.reached(voters, value), Majority.reached(outgoing, value));
    }

    private static SortedSet<NodeId> copy(Collection<NodeId> nodes) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(nodes));
    }
}
