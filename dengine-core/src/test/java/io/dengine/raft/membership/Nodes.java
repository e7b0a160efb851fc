package io.dengine.raft.membership;

import java.util.Set;
import java.util.TreeSet;

/** Writes memberships down shortly. */
final class Nodes {

    private Nodes() {}

    static NodeId node(int id) {
        return NodeId.of(id);
    }

    static Set<NodeId> nodes(int... ids) {
        Set<NodeId> nodes = new TreeSet<>();
        for (int id : ids) {
            nodes.add(NodeId.of(id));
        }
        return nodes;
    }

    static Membership voters(int... ids) {
        return Membership.ofVoters(nodes(ids));
    }

    static Member at(int id, String address) {
        return Member.of(NodeId.of(id), address, null);
    }
}
