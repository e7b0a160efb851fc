package io.dengine.raft.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.FuzzTarget;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** A membership, as in the log, the state and frames: what is taken has these bytes and no others. */
final class MembershipFuzz implements FuzzTarget {

    @Override
    public boolean accepts(byte[] input) {
        Membership membership;
        try {
            membership = MembershipCodec.decode(input);
        } catch (IllegalArgumentException refused) {
            return false;
        }
        assertThat(MembershipCodec.encode(membership)).isEqualTo(input);
        for (NodeId id : membership.members()) {
            assertThat(membership.member(id).id()).isEqualTo(id);
        }
        if (membership.isJoint()) {
            assertThat(membership.settled().isJoint()).isFalse();
        }
        return true;
    }

    @Override
    public List<byte[]> seeds() {
        TreeMap<NodeId, Member> details = new TreeMap<>();
        for (int id = 1; id <= 4; id++) {
            details.put(NodeId.of(id), Member.of(NodeId.of(id), "node-" + id + ":7400", new UUID(1, id)));
        }
        details.put(
                NodeId.of(5),
                Member.of(NodeId.of(5), "[::1]:7400", null).withReadOnly(true).withReplaces(NodeId.of(3)));
        Set<NodeId> voters = Set.of(NodeId.of(1), NodeId.of(2));
        Membership joint = new Membership(
                voters,
                Set.of(NodeId.of(1), NodeId.of(3), NodeId.of(4)),
                Set.of(NodeId.of(5)),
                Set.of(NodeId.of(4)),
                details);
        return List.of(
                MembershipCodec.encode(Membership.NONE),
                MembershipCodec.encode(Membership.ofVoters(voters)),
                MembershipCodec.encode(joint));
    }
}
