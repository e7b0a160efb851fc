package io.dengine.raft.membership;

import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A membership being put together, for the changes. Not thread-safe. */
final class MembershipDraft {

    private final Set<NodeId> voters;
    private final Set<NodeId> learners;
    private final SortedMap<NodeId, Member> details;

    private MembershipDraft(Membership from) {
        if (from.isJoint()) {
            throw new IllegalArgumentException("a change is under way in " + from);
        }
        voters = new TreeSet<>(from.voters());
        learners = new TreeSet<>(from.learners());
        details = new TreeMap<>(from.details());
    }

    static MembershipDraft of(Membership from) {
        return new MembershipDraft(from);
    }

    static Member require(Membership current, NodeId node) {
        if (!current.contains(node)) {
            throw new IllegalArgumentException("node " + node + " is not a member of " + current);
        }
        return current.member(node);
    }

    MembershipDraft learn(Member member) {
        learners.add(member.id());
        details.put(member.id(), member);
        return this;
    }

    MembershipDraft vote(Member member) {
        learners.remove(member.id());
        voters.add(member.id());
        details.put(member.id(), member);
        return this;
    }

    MembershipDraft drop(NodeId node) {
        voters.remove(node);
        learners.remove(node);
        if (voters.isEmpty()) {
            throw new IllegalArgumentException("node " + node + " is the only voter");
        }
        details.remove(node);
        details.replaceAll((id, member) -> node.equals(member.replaces()) ? member.withReplaces(null) : member);
        return this;
    }

    Membership build() {
        return new Membership(voters, Set.of(), learners, Set.of(), details);
    }
}
