package io.dengine.demo;

import io.dengine.node.NodeStatus;
import io.dengine.node.PeerStatus;
import io.dengine.raft.membership.NodeId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as the page shows it, seen from one node.
 *
 * @param node the node that answers
 * @param cluster the cluster's name
 * @param health whether this node can serve
 * @param detail why it cannot; empty while it can
 * @param leader the leader's id, or null while there is none
 * @param term the term of this node
 * @param revision the store revision at this node
 * @param nodes all members, by id
 */
record ClusterView(
        int node,
        String cluster,
        String health,
        String detail,
        @Nullable Integer leader,
        long term,
        long revision,
        List<Member> nodes) {

    /**
     * A member.
     *
     * @param id its id
     * @param address where it listens for its peers; empty if it listens nowhere
     * @param role what it is known to be: a node knows its own role and who leads, of the others only that they are
     *     members
     * @param lag how many log entries it is behind the leader, or null where this node cannot know; of itself, how many
     *     committed entries it has yet to apply
     */
    record Member(
            int id, String address, String role, @Nullable Long lag) {}

    static ClusterView of(NodeStatus status) {
        NodeId leader = status.leader();
        return new ClusterView(
                status.nodeId().value(),
                status.clusterName(),
                lowerCase(status.health()),
                status.detail(),
                leader == null ? null : leader.value(),
                status.term(),
                status.revision(),
                status.members().stream().map(member -> member(member, status)).toList());
    }

    private static Member member(PeerStatus member, NodeStatus seenBy) {
        boolean self = member.nodeId().equals(seenBy.nodeId());
        String role = member.voter() ? "member" : "learner";
        if (self && member.voter()) {
            role = lowerCase(seenBy.role());
        } else if (member.nodeId().equals(seenBy.leader())) {
            role = "leader";
        }
        Long lag = member.lagEntries() < 0 ? null : Long.valueOf(member.lagEntries());
        if (self) {
            lag = seenBy.commitIndex() - seenBy.lastApplied();
        }
        return new Member(member.nodeId().value(), member.address(), role, lag);
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
