package io.dengine.raft.membership;

import static io.dengine.raft.membership.Nodes.at;
import static io.dengine.raft.membership.Nodes.node;
import static io.dengine.raft.membership.Nodes.nodes;
import static io.dengine.raft.membership.Nodes.voters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MembershipTest {

    private static final UUID DISK = new UUID(1, 2);
    private static final UUID OTHER_DISK = new UUID(3, 4);

    @Test
    void namesEveryoneInTheirParts() {
        assertThat(voters(3, 1, 2)).hasToString("voters [1, 2, 3]");
        assertThat(new Membership(nodes(1, 2), nodes(1, 3), nodes(4), nodes(3), new TreeMap<>()))
                .hasToString("voters [1, 2], outgoing [1, 3], learners [4], demoted [3]");
        assertThat(Membership.NONE).hasToString("voters []");
    }

    @Test
    void aNodeThatHasNotJoinedDecidesNothingAndBelongsToNobody() {
        assertThat(Membership.NONE.hasQuorum(node -> true)).isFalse();
        assertThat(Membership.NONE.isQuorumAlone(node(1))).isFalse();
        assertThat(Membership.NONE.contains(node(1))).isFalse();
        assertThat(Membership.NONE.members()).isEmpty();
        assertThat(Membership.NONE.isJoint()).isFalse();
    }

    @Test
    void membersAreVotersOutgoingVotersAndLearnersInOrderOfId() {
        Membership joint = new Membership(nodes(5, 1), nodes(3, 1), nodes(4));

        assertThat(joint.members()).containsExactly(node(1), node(3), node(4), node(5));
        assertThat(joint.isVoter(node(3))).isTrue();
        assertThat(joint.isVoter(node(4))).isFalse();
        assertThat(joint.contains(node(4))).isTrue();
        assertThat(joint.contains(node(2))).isFalse();
        assertThat(joint.member(node(4))).isEqualTo(Member.unknown(node(4)));
        assertThatThrownBy(() -> joint.member(node(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("node 2 is not in voters [1, 5], outgoing [1, 3], learners [4]");
    }

    @Test
    void onlyTheLastOfBothHalvesDecidesAlone() {
        assertThat(voters(1).isQuorumAlone(node(1))).isTrue();
        assertThat(new Membership(nodes(1), nodes(), nodes(2, 3)).isQuorumAlone(node(1)))
                .isTrue();
        assertThat(new Membership(nodes(1), nodes(1, 2), nodes()).isQuorumAlone(node(1)))
                .isFalse();
        assertThat(new Membership(nodes(1, 2), nodes(1), nodes()).isQuorumAlone(node(1)))
                .isFalse();
    }

    @Test
    void contradictionsAreRefused() {
        assertThatThrownBy(() -> new Membership(nodes(), nodes(1), nodes()))
                .hasMessage("a cluster needs at least one voter");
        assertThatThrownBy(() -> new Membership(nodes(1), nodes(2), nodes(2)))
                .hasMessage("learners [2] overlap voters [1] or outgoing voters [2]");
        assertThatThrownBy(() -> new Membership(nodes(1), nodes(1), nodes(), nodes(2), new TreeMap<>()))
                .hasMessage("demoted [2] must be in outgoing voters [1] and not in voters [1]");
        assertThatThrownBy(() -> new Membership(nodes(1, 2), nodes(1, 2), nodes(), nodes(2), new TreeMap<>()))
                .hasMessage("demoted [2] must be in outgoing voters [1, 2] and not in voters [1, 2]");
    }

    @Test
    void isNotChangedThroughWhatItWasMadeOfOrGivesOut() {
        Set<NodeId> given = nodes(1, 2);
        Membership membership = Membership.ofVoters(given);
        given.add(node(9));

        assertThat(membership).isEqualTo(voters(1, 2));
        assertThatThrownBy(() -> membership.voters().add(node(9))).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> membership.details().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void whatIsKnownOfStrangersIsDropped() {
        TreeMap<NodeId, Member> details = new TreeMap<>(Map.of(node(1), at(1, "a:1"), node(7), at(7, "g:1")));

        assertThat(new Membership(nodes(1), nodes(), nodes(), nodes(), details).details())
                .containsOnlyKeys(node(1))
                .containsValue(at(1, "a:1"));
    }

    /** Raft paper, section 6: C-old, then C-old and C-new, then C-new. */
    @Test
    void wayFromOneMembershipToAnotherLeadsThroughBoth() {
        Membership now = new Membership(nodes(1, 2, 3), nodes(), nodes(4));
        Membership target = new Membership(nodes(1, 2, 4), nodes(), nodes());

        Membership joint = now.towards(target);

        assertThat(joint).hasToString("voters [1, 2, 4], outgoing [1, 2, 3]");
        assertThat(joint.isJoint()).isTrue();
        assertThat(joint.settled()).isEqualTo(target);
        assertThat(joint.hasQuorum(nodes(1, 4)::contains)).isFalse();
        assertThat(joint.hasQuorum(nodes(1, 3)::contains)).isFalse();
        assertThat(joint.hasQuorum(nodes(1, 2)::contains)).isTrue();
        assertThat(joint.hasQuorum(nodes(1, 3, 4)::contains)).isTrue();
    }

    @Test
    void aDemotedVoterDecidesUntilTheEndAndIsALearnerThen() {
        Membership target = new Membership(nodes(1, 2), nodes(), nodes(3, 4));

        Membership joint = new Membership(nodes(1, 2, 3), nodes(), nodes(4)).towards(target);

        assertThat(joint).hasToString("voters [1, 2], outgoing [1, 2, 3], learners [4], demoted [3]");
        assertThat(joint.isVoter(node(3))).isTrue();
        assertThat(joint.settled()).isEqualTo(target);
    }

    @Test
    void aChangeNeitherStartsNorEndsWithinAnother() {
        Membership joint = voters(1, 2).towards(voters(1));

        assertThatThrownBy(() -> joint.towards(voters(1))).hasMessageContaining("starts or ends joint");
        assertThatThrownBy(() -> voters(1).towards(joint)).hasMessageContaining("starts or ends joint");
    }

    @Test
    void addressesTravelThroughBothStepsAndNewOnesWin() {
        Membership now = voters(1, 2).knowing(at(1, "a:1")).knowing(at(2, "b:1"));
        Membership target = voters(1, 3).knowing(at(1, "a:2")).knowing(at(3, "c:1"));

        Membership joint = now.towards(target);

        assertThat(joint.details().values()).containsExactly(at(1, "a:2"), at(2, "b:1"), at(3, "c:1"));
        assertThat(joint.settled().details().values()).containsExactly(at(1, "a:2"), at(3, "c:1"));
    }

    @Test
    void onlyOfAMemberSomethingCanBeKnown() {
        assertThat(voters(1).knowing(at(1, "a:1")).member(node(1))).isEqualTo(at(1, "a:1"));
        assertThatThrownBy(() -> voters(1).knowing(at(2, "b:1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("node 2 is not in voters [1]");
    }

    @Test
    void whatIsSeenOfAMemberCompletesWhatIsKnown() {
        Member known = new Member(node(1), "a:1", "a:2", DISK, true, node(2));

        assertThat(known.seenAs(Member.unknown(node(1)))).isEqualTo(known);
        assertThat(known.seenAs(new Member(node(1), "a:9", "", null, false, null)))
                .isEqualTo(new Member(node(1), "a:9", "a:2", DISK, true, node(2)));
        assertThat(Member.unknown(node(1)).seenAs(Member.of(node(1), "a:9", DISK)))
                .isEqualTo(Member.of(node(1), "a:9", DISK));
    }

    @Test
    void onlyANodeItselfCanSayWhereItServesClients() {
        Member known = Member.of(node(1), "a:1", DISK).withApiAddress("a:2");

        assertThat(known.seenAs(Member.of(node(1), "", DISK))).isEqualTo(known);
        assertThat(known.seenAs(Member.of(node(1), "a:1", null))).isEqualTo(known);
        assertThat(known.seenAs(known.withApiAddress("a:3"))).isEqualTo(known.withApiAddress("a:3"));
        assertThat(known.seenAs(known.withApiAddress("")).apiAddress()).isEmpty();
        Member listensForClientsOnly = Member.of(node(1), "", DISK).withApiAddress("a:3");
        assertThat(Member.unknown(node(1)).seenAs(listensForClientsOnly)).isEqualTo(listensForClientsOnly);
    }

    @Test
    void anUnknownStorageIsNoOther() {
        assertThat(Member.of(node(1), "", DISK).isOtherStorage(DISK)).isFalse();
        assertThat(Member.of(node(1), "", DISK).isOtherStorage(null)).isFalse();
        assertThat(Member.of(node(1), "", null).isOtherStorage(DISK)).isFalse();
        assertThat(Member.of(node(1), "", DISK).isOtherStorage(OTHER_DISK)).isTrue();
    }

    @Test
    void aMemberCannotReplaceItselfNorHaveAnEndlessAddress() {
        assertThatThrownBy(() -> Member.unknown(node(3)).withReplaces(node(3)))
                .hasMessage("node 3 cannot replace itself");
        assertThatThrownBy(() -> at(3, "x".repeat(Member.MAX_ADDRESS_BYTES + 1)))
                .hasMessage("the address of node 3 is too long");
        assertThatThrownBy(() -> NodeId.of(0)).hasMessage("a node id must be above 0: 0");
    }
}
