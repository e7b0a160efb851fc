package io.dengine.raft.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Quorum arithmetic against the definition of a quorum, spelled out as all subsets that are more than half. */
class MajorityPropertyTest {

    private static final int CASES = 3000;

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void reachedByQuorumIsTheHighestValueSomeMajorityHasReached() {
        for (int i = 0; i < CASES; i++) {
            Membership membership = membership();
            Map<NodeId, Long> values = new TreeMap<>();
            membership.members().forEach(node -> values.put(node, random.nextLong(6)));

            long reached = membership.reachedByQuorum(values::get);

            assertThat(reached).as("%s %s", membership, values).isEqualTo(reachedByDefinition(membership, values));
        }
    }

    @Test
    void hasQuorumIfThoseWhoAgreeContainAMajorityOfEachHalf() {
        for (int i = 0; i < CASES; i++) {
            Membership membership = membership();
            Set<NodeId> yes = subset(membership.members(), 0.6);

            boolean quorum = membership.hasQuorum(yes::contains);

            assertThat(quorum)
                    .as("%s %s", membership, yes)
                    .isEqualTo(
                            containsMajority(membership.voters(), yes) && containsMajority(membership.outgoing(), yes));
        }
    }

    @Test
    void twoQuorumsOfOneMembershipShareAVoter() {
        for (int i = 0; i < CASES; i++) {
            Membership membership = membership();
            Set<NodeId> first = subset(membership.members(), 0.6);
            Set<NodeId> rest = new TreeSet<>(membership.members());
            rest.removeAll(first);

            assertThat(membership.hasQuorum(first::contains) && membership.hasQuorum(rest::contains))
                    .as("%s %s", membership, first)
                    .isFalse();
        }
    }

    /**
     * Raft paper, section 6: from one membership to the next by way of both, no two quorums in a row can decide apart. Across both steps
     * they can, which is why each waits for the one before to be committed.
     */
    @Test
    void quorumsOfConsecutiveMembershipsShareAVoter() {
        int apart = 0;
        for (int i = 0; i < CASES; i++) {
            Membership from = settledMembership();
            Membership to = settledMembership();
            Membership joint = from.towards(to);
            Set<NodeId> all = new TreeSet<>(joint.members());
            all.addAll(from.members());
            Set<NodeId> yes = subset(all, 0.5);
            Set<NodeId> rest = new TreeSet<>(all);
            rest.removeAll(yes);

            assertThat(from.hasQuorum(yes::contains) && joint.hasQuorum(rest::contains))
                    .as("%s, %s, %s", from, joint, yes)
                    .isFalse();
            assertThat(joint.hasQuorum(yes::contains) && joint.settled().hasQuorum(rest::contains))
                    .as("%s, %s, %s", joint, to, yes)
                    .isFalse();
            apart += from.hasQuorum(yes::contains) && to.hasQuorum(rest::contains) ? 1 : 0;
        }
        assertThat(apart).as("cases in which one step would be one too few").isGreaterThan(100);
    }

    @Test
    void aChangeOnItsWayKeepsItsTarget() {
        for (int i = 0; i < CASES; i++) {
            Membership from = settledMembership();
            Membership to = settledMembership();

            Membership joint = from.towards(to);

            assertThat(joint.settled()).isEqualTo(to);
            assertThat(joint.outgoing()).isEqualTo(from.voters());
        }
    }

    @Test
    void learnersCountForNothing() {
        Membership membership = new Membership(nodes(1, 2, 3), nodes(), nodes(4, 5, 6, 7));

        assertThat(membership.hasQuorum(node -> node.value() >= 3)).isFalse();
        assertThat(membership.reachedByQuorum(node -> node.value() >= 3 ? 9 : 0))
                .isZero();
        assertThat(membership.members()).hasSize(7);
        assertThat(membership.isVoter(NodeId.of(4))).isFalse();
    }

    @Test
    void refusesAMembershipThatNobodyOrAContradictionDecides() {
        assertThatThrownBy(() -> new Membership(nodes(), nodes(), nodes(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Membership(nodes(1, 2), nodes(), nodes(2)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static long reachedByDefinition(Membership membership, Map<NodeId, Long> values) {
        long best = Long.MIN_VALUE;
        for (long candidate : values.values()) {
            Set<NodeId> reached = new TreeSet<>();
            values.forEach((node, value) -> {
                if (value >= candidate) {
                    reached.add(node);
                }
            });
            if (containsMajority(membership.voters(), reached) && containsMajority(membership.outgoing(), reached)) {
                best = Math.max(best, candidate);
            }
        }
        return best;
    }

    /** The dumb twin: enumerates every subset with more than half of the voters. */
    private static boolean containsMajority(Set<NodeId> voters, Set<NodeId> yes) {
        List<NodeId> all = new ArrayList<>(voters);
        for (int bits = 0; bits < 1 << all.size(); bits++) {
            boolean contained = true;
            for (int i = 0; i < all.size(); i++) {
                contained &= (bits >> i & 1) == 0 || yes.contains(all.get(i));
            }
            if (contained && (2 * Integer.bitCount(bits) > all.size() || all.isEmpty())) {
                return true;
            }
        }
        return false;
    }

    private Membership settledMembership() {
        Membership any = membership();
        return new Membership(any.voters(), Set.of(), any.learners());
    }

    private Membership membership() {
        Set<NodeId> pool = nodes(1, 2, 3, 4, 5, 6, 7);
        Set<NodeId> voters = subset(pool, 0.6);
        voters.add(NodeId.of(1 + random.nextInt(7)));
        Set<NodeId> outgoing = random.nextBoolean() ? subset(pool, 0.5) : nodes();
        Set<NodeId> learners = subset(pool, 0.3);
        learners.removeAll(voters);
        learners.removeAll(outgoing);
        return new Membership(voters, outgoing, learners);
    }

    private Set<NodeId> subset(Iterable<NodeId> of, double share) {
        Set<NodeId> chosen = new TreeSet<>();
        for (NodeId node : of) {
            if (random.nextDouble() < share) {
                chosen.add(node);
            }
        }
        return chosen;
    }

    private static Set<NodeId> nodes(int... ids) {
        Set<NodeId> nodes = new TreeSet<>();
        for (int id : ids) {
            nodes.add(NodeId.of(id));
        }
        return nodes;
    }
}
