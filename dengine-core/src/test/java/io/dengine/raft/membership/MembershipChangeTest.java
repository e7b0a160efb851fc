package io.dengine.raft.membership;

import static io.dengine.raft.membership.Nodes.at;
import static io.dengine.raft.membership.Nodes.node;
import static io.dengine.raft.membership.Nodes.voters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.membership.MembershipChange.AddLearner;
import io.dengine.raft.membership.MembershipChange.Demote;
import io.dengine.raft.membership.MembershipChange.Describe;
import io.dengine.raft.membership.MembershipChange.Promote;
import io.dengine.raft.membership.MembershipChange.Remove;
import io.dengine.raft.membership.MembershipChange.Replace;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What each change makes of a membership, and the texts a user reads where it makes no sense. */
class MembershipChangeTest {

    private static final UUID DISK = new UUID(1, 2);
    private static final UUID OTHER_DISK = new UUID(3, 4);

    private final Membership three = voters(1, 2, 3);
    private final Membership withLearner = new AddLearner(at(4, "d:1")).applyTo(three);

    @Test
    void aNewNodeBecomesALearner() {
        assertThat(withLearner).hasToString("voters [1, 2, 3], learners [4]");
        assertThat(withLearner.member(node(4))).isEqualTo(at(4, "d:1"));
        assertThat(new AddLearner(at(4, "")).applyTo(withLearner)).isEqualTo(withLearner);
    }

    @Test
    void aMemberThatJoinsAgainElsewhereIsKnownThere() {
        Membership moved = new AddLearner(at(4, "d:2")).applyTo(withLearner);

        assertThat(moved.member(node(4)).address()).isEqualTo("d:2");
        assertThat(new AddLearner(at(2, "b:9")).applyTo(three).member(node(2)).address())
                .isEqualTo("b:9");
    }

    @Test
    void aMemberWithAnotherDiskIsAnother() {
        Membership known = three.knowing(Member.of(node(2), "b:1", DISK));

        refused(
                new AddLearner(Member.of(node(2), "b:1", OTHER_DISK)),
                known,
                "node 2 is a member already, with another data directory. Remove it first, or give the new node an id of its own");
        refused(
                new Describe(Member.of(node(2), "b:1", OTHER_DISK)),
                known,
                "node 2 has another data directory than the cluster knows");
    }

    @Test
    void promotionMakesALearnerAVoterForGood() {
        Membership readOnly = new AddLearner(Member.unknown(node(4)).withReadOnly(true)).applyTo(three);

        Membership promoted = new Promote(node(4)).applyTo(readOnly);

        assertThat(promoted).hasToString("voters [1, 2, 3, 4]");
        assertThat(promoted.member(node(4)).readOnly()).isFalse();
        assertThat(new Promote(node(4)).applyTo(promoted)).isEqualTo(promoted);
        refused(new Promote(node(5)), three, "node 5 is not a member of voters [1, 2, 3]");
    }

    @Test
    void aDemotedVoterStaysALearner() {
        Membership demoted = new Demote(node(3)).applyTo(three);

        assertThat(demoted).hasToString("voters [1, 2], learners [3]");
        assertThat(demoted.member(node(3)).readOnly()).isTrue();
        assertThat(new Demote(node(3)).applyTo(demoted)).isEqualTo(demoted);
        refused(new Demote(node(5)), three, "node 5 is not a member of voters [1, 2, 3]");
        refused(new Demote(node(1)), voters(1), "node 1 is the only voter");
    }

    @Test
    void aLearnerThatIsDemotedIsPromotedNoMore() {
        Membership stays = new Demote(node(4)).applyTo(withLearner);

        assertThat(stays).hasToString("voters [1, 2, 3], learners [4]");
        assertThat(stays.member(node(4)).readOnly()).isTrue();
    }

    @Test
    void whoIsRemovedIsGoneAndWhoWasNeverThereIsToo() {
        assertThat(new Remove(node(3)).applyTo(three)).isEqualTo(voters(1, 2));
        assertThat(new Remove(node(4)).applyTo(withLearner)).isEqualTo(three);
        assertThat(new Remove(node(9)).applyTo(three)).isEqualTo(three);
        refused(new Remove(node(1)), voters(1), "node 1 is the only voter");
    }

    @Test
    void aReplacementIsALearnerFirstAndItsPromotionTakesTheOtherOut() {
        Membership waiting = new Replace(node(3), at(4, "d:1")).applyTo(three);

        assertThat(waiting).hasToString("voters [1, 2, 3], learners [4]");
        assertThat(waiting.member(node(4)).replaces()).isEqualTo(node(3));
        assertThat(new Replace(node(3), at(4, "d:1")).applyTo(waiting)).isEqualTo(waiting);
        Membership swapped = new Promote(node(4)).applyTo(waiting);
        assertThat(swapped).hasToString("voters [1, 2, 4]");
        assertThat(swapped.member(node(4)).replaces()).isNull();
        assertThat(new Replace(node(3), at(4, "d:1")).applyTo(swapped)).isEqualTo(swapped);
    }

    @Test
    void aReadOnlyLearnerThatIsToReplaceAVoterIsOneNoMore() {
        Membership readOnly = new Demote(node(4)).applyTo(withLearner);

        assertThat(new Replace(node(3), at(4, ""))
                        .applyTo(readOnly)
                        .member(node(4))
                        .readOnly())
                .isFalse();
    }

    @Test
    void aVoterMayReplaceAnother() {
        assertThat(new Replace(node(3), at(2, "")).applyTo(three)).isEqualTo(voters(1, 2));
    }

    @Test
    void onlyAVoterIsReplacedAndByOneNodeOnly() {
        refused(new Replace(node(5), at(4, "")), three, "node 5 is not a voter of voters [1, 2, 3]");
        refused(
                new Replace(node(4), at(5, "")),
                withLearner,
                "node 4 is not a voter of voters [1, 2, 3], learners [4]");
        Membership waiting = new Replace(node(3), at(4, "")).applyTo(three);
        refused(
                new Replace(node(3), at(5, "")),
                waiting,
                "node 4 is to replace node 3 already. Remove it first to choose another");
        assertThat(new Replace(node(3), at(5, "")).applyTo(new Remove(node(4)).applyTo(waiting)))
                .hasToString("voters [1, 2, 3], learners [5]");
    }

    @Test
    void aReplacementWhoseVoterLeavesFirstJoinsAsOneMore() {
        Membership waiting = new Replace(node(3), at(4, "")).applyTo(three);

        assertThat(new Remove(node(3)).applyTo(waiting).member(node(4)).replaces())
                .isNull();
        assertThat(new Promote(node(4)).applyTo(new Demote(node(3)).applyTo(waiting)))
                .hasToString("voters [1, 2, 4], learners [3]");
    }

    @Test
    void aDescriptionChangesWhatIsKnownAndNothingElse() {
        Membership seen = new Describe(Member.of(node(4), "d:2", DISK)).applyTo(withLearner);

        assertThat(seen).hasToString(withLearner.toString());
        assertThat(seen.member(node(4))).isEqualTo(Member.of(node(4), "d:2", DISK));
        assertThat(new Describe(at(4, "")).applyTo(seen)).isEqualTo(seen);
        refused(new Describe(at(7, "")), three, "node 7 is not a member of voters [1, 2, 3]");
    }

    @Test
    void noChangeOfPartsStartsWithinAnother() {
        Membership joint = three.towards(voters(1, 2));

        for (MembershipChange change :
                List.of(new AddLearner(at(4, "")), new Promote(node(3)), new Demote(node(1)), new Remove(node(1)))) {
            if (!change.applyTo(three).equals(three)) {
                refused(change, joint, "a change is under way in voters [1, 2], outgoing [1, 2, 3]");
            }
        }
    }

    @Test
    void aChangeIsAcceptedOnceWhatItAskedForIsCommittedOrFollowsByItself() {
        Membership waiting = new Replace(node(3), at(4, "")).applyTo(three);
        Membership joint = waiting.towards(new Promote(node(4)).applyTo(waiting));

        assertThat(new AddLearner(at(4, "")).isAccepted(three)).isFalse();
        assertThat(new AddLearner(at(4, "")).isAccepted(withLearner)).isTrue();
        assertThat(new AddLearner(Member.of(node(4), "", OTHER_DISK))
                        .isAccepted(withLearner.knowing(Member.of(node(4), "", DISK))))
                .isFalse();
        assertThat(new Promote(node(4)).isAccepted(withLearner)).isFalse();
        assertThat(new Promote(node(4)).isAccepted(joint)).isFalse();
        assertThat(new Promote(node(4)).isAccepted(joint.settled())).isTrue();
        assertThat(new Demote(node(3)).isAccepted(three)).isFalse();
        assertThat(new Demote(node(3)).isAccepted(new Demote(node(3)).applyTo(three)))
                .isTrue();
        assertThat(new Remove(node(3)).isAccepted(joint)).isFalse();
        assertThat(new Remove(node(3)).isAccepted(joint.settled())).isTrue();
        assertThat(new Replace(node(3), at(4, "")).isAccepted(withLearner)).isFalse();
        assertThat(new Replace(node(3), at(4, "")).isAccepted(waiting)).isTrue();
        assertThat(new Replace(node(3), at(4, "")).isAccepted(joint)).isFalse();
        assertThat(new Replace(node(3), at(4, "")).isAccepted(joint.settled())).isTrue();
        assertThat(new Replace(node(3), at(2, "")).isAccepted(three)).isFalse();
        assertThat(new Replace(node(3), at(2, "")).isAccepted(new Demote(node(3)).applyTo(three)))
                .isTrue();
        assertThat(new Describe(at(4, "d:9")).isAccepted(withLearner)).isFalse();
        assertThat(new Describe(at(4, "d:1")).isAccepted(withLearner)).isTrue();
        assertThat(new Describe(at(9, "d:1")).isAccepted(withLearner)).isFalse();
    }

    /** Whatever is asked for, of whomever: a change that is done is done, and asking again changes nothing. */
    @Test
    void everyChangeIsDoneOnceAndAcceptedThen() {
        SplittableRandom random = new SplittableRandom(5);
        Membership membership = voters(1);
        int done = 0;
        for (int i = 0; i < 3000; i++) {
            MembershipChange change = anyChange(random);
            Membership next;
            try {
                next = change.applyTo(membership);
            } catch (IllegalArgumentException refused) {
                continue;
            }
            assertThat(next.isJoint()).isFalse();
            assertThat(next.voters()).isNotEmpty();
            assertThat(change.applyTo(next)).as("%s in %s", change, membership).isEqualTo(next);
            assertThat(change.isAccepted(next)).as("%s of %s", change, next).isTrue();
            done += next.equals(membership) ? 0 : 1;
            membership = next;
        }
        assertThat(done).isGreaterThan(500);
    }

    private static MembershipChange anyChange(SplittableRandom random) {
        NodeId node = node(1 + random.nextInt(5));
        NodeId other = node(1 + node.value() % 5);
        Member member = new Member(node, random.nextBoolean() ? "h:1" : "", "", null, random.nextBoolean(), null);
        return switch (random.nextInt(6)) {
            case 0 -> new AddLearner(member);
            case 1 -> new Promote(node);
            case 2 -> new Demote(node);
            case 3 -> new Remove(node);
            case 4 -> new Replace(other, member);
            default -> new Describe(member);
        };
    }

    private static void refused(MembershipChange change, Membership current, String text) {
        assertThatThrownBy(() -> change.applyTo(current))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(text);
    }

    @Test
    void eachChangeNamesTheNodeItIsAbout() {
        assertThat(List.of(
                        new AddLearner(at(4, "")),
                        new Promote(node(4)),
                        new Demote(node(4)),
                        new Remove(node(4)),
                        new Replace(node(3), at(4, "")),
                        new Describe(at(4, ""))))
                .extracting(MembershipChange::node)
                .containsOnly(node(4));
    }
}
