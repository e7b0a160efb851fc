package io.dengine.raft.membership;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Who belongs to the cluster and whose agreement counts. Immutable. While {@code outgoing} is not empty the membership
 * is joint: agreement then needs a majority of {@code voters} and a majority of {@code outgoing} (Raft paper, section 6). All sets iterate in order of id.
 *
 * @param voters who votes; empty only in {@link #NONE}
 * @param outgoing who voted before the change under way; empty if none is
 * @param learners who receives the log without a vote; none of them is in {@code voters} or {@code outgoing}
 * @param demoted those of {@code outgoing} that stay as learners when the change is through
 * @param details what else is known of the members, by id; one for each
 */
public record Membership(
        Set<NodeId> voters,
        Set<NodeId> outgoing,
        Set<NodeId> learners,
        Set<NodeId> demoted,
        SortedMap<NodeId, Member> details) {

    /** What a node knows that has not joined yet: nobody votes, and nothing can be agreed on. */
    public static final Membership NONE = new Membership(Set.of(), Set.of(), Set.of());

    public Membership {
        voters = copy(voters);
        outgoing = copy(outgoing);
        learners = copy(learners);
        demoted = copy(demoted);
        if (voters.isEmpty() && !(outgoing.isEmpty() && learners.isEmpty())) {
            throw new IllegalArgumentException("a cluster needs at least one voter");
        }
        if (!Collections.disjoint(learners, voters) || !Collections.disjoint(learners, outgoing)) {
            throw new IllegalArgumentException(
                    "learners " + learners + " overlap voters " + voters + " or outgoing voters " + outgoing);
        }
        if (!outgoing.containsAll(demoted) || !Collections.disjoint(demoted, voters)) {
            throw new IllegalArgumentException(
                    "demoted " + demoted + " must be in outgoing voters " + outgoing + " and not in voters " + voters);
        }
        SortedMap<NodeId, Member> complete = new TreeMap<>();
        for (NodeId member : union(voters, outgoing, learners)) {
            complete.put(member, details.getOrDefault(member, Member.unknown(member)));
        }
        details = Collections.unmodifiableSortedMap(complete);
    }

    /** A membership of which only the ids are known. */
    public Membership(Set<NodeId> voters, Set<NodeId> outgoing, Set<NodeId> learners) {
        this(voters, outgoing, learners, Set.of(), new TreeMap<>());
    }

    /** Returns a membership of voters only. */
    public static Membership ofVoters(Collection<NodeId> voters) {
        return new Membership(new TreeSet<>(voters), Set.of(), Set.of());
    }

    /** Returns a membership of voters only, of which the addresses are known. */
    public static Membership ofVoters(Map<NodeId, Member> voters) {
        return new Membership(voters.keySet(), Set.of(), Set.of(), Set.of(), new TreeMap<>(voters));
    }

    public boolean isVoter(NodeId node) {
        return voters.contains(node) || outgoing.contains(node);
    }

    public boolean contains(NodeId node) {
        return isVoter(node) || learners.contains(node);
    }

    /** Returns everyone, in order of id. */
    public Set<NodeId> members() {
        return details.keySet();
    }

    /** Returns whether a change is under way that needs both majorities. */
    public boolean isJoint() {
        return !outgoing.isEmpty();
    }

    /** Returns what is known of a member. */
    public Member member(NodeId node) {
        Member member = details.get(node);
        if (member == null) {
            throw new IllegalArgumentException("node " + node + " is not in " + this);
        }
        return member;
    }

    /** Returns whether those for whom {@code yes} holds are a quorum. */
    public boolean hasQuorum(Predicate<NodeId> yes) {
        return !voters.isEmpty() && Majority.agrees(voters, yes) && Majority.agrees(outgoing, yes);
    }

    /** Returns whether this node decides alone. */
    public boolean isQuorumAlone(NodeId node) {
        return hasQuorum(node::equals);
    }

    /** Returns the highest value that a quorum has reached: with match indexes, what may be committed. */
    public long reachedByQuorum(ToLongFunction<NodeId> value) {
        return Math.min(Majority.reached(voters, value), Majority.reached(outgoing, value));
    }

    /** Returns the joint membership on the way from this one to {@code target}; neither may be joint. */
    public Membership towards(Membership target) {
        if (isJoint() || target.isJoint()) {
            throw new IllegalArgumentException("a change from " + this + " to " + target + " starts or ends joint");
        }
        Set<NodeId> staying = new TreeSet<>(target.learners);
        staying.retainAll(voters);
        Set<NodeId> learnersMeanwhile = new TreeSet<>(target.learners);
        learnersMeanwhile.removeAll(voters);
        SortedMap<NodeId, Member> known = new TreeMap<>(details);
        known.putAll(target.details);
        return new Membership(target.voters, voters, learnersMeanwhile, staying, known);
    }

    /** Returns what a joint membership ends in. */
    public Membership settled() {
        Set<NodeId> learnersAfter = new TreeSet<>(learners);
        learnersAfter.addAll(demoted);
        return new Membership(voters, Set.of(), learnersAfter, Set.of(), details);
    }

    /** Returns this membership with {@code member}, who is one already, known as given. */
    public Membership knowing(Member member) {
        SortedMap<NodeId, Member> known = new TreeMap<>(details);
        known.put(member(member.id()).id(), member);
        return new Membership(voters, outgoing, learners, demoted, known);
    }

    /** Names everyone in their parts: {@code voters [1, 2, 3], learners [4]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("voters ").append(voters);
        append(text, "outgoing", outgoing);
        append(text, "learners", learners);
        append(text, "demoted", demoted);
        return text.toString();
    }

    private static void append(StringBuilder text, String part, Set<NodeId> nodes) {
        if (!nodes.isEmpty()) {
            text.append(", ").append(part).append(' ').append(nodes);
        }
    }

    private static Set<NodeId> union(Set<NodeId> one, Set<NodeId> two, Set<NodeId> three) {
        Set<NodeId> all = new TreeSet<>(one);
        all.addAll(two);
        all.addAll(three);
        return all;
    }

    private static Set<NodeId> copy(Collection<NodeId> nodes) {
        return Collections.unmodifiableSet(new TreeSet<>(nodes));
    }
}
