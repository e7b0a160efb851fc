package io.dengine.raft.membership;

import static io.dengine.raft.membership.Nodes.voters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MembershipLogTest {

    @Test
    void anAppendedMembershipIsInEffectAtOnceAndCommittedLater() {
        MembershipLog log = new MembershipLog(3, voters(1));
        log.append(5, voters(1, 2));
        log.append(9, voters(1, 2, 3));

        assertThat(log.latest()).isEqualTo(voters(1, 2, 3));
        assertThat(log.latestIndex()).isEqualTo(9);
        assertThat(log.committed()).isEqualTo(voters(1));
        log.commitTo(4);
        assertThat(log.committed()).isEqualTo(voters(1));
        log.commitTo(8);
        assertThat(log.committed()).isEqualTo(voters(1, 2));
        log.commitTo(9);
        assertThat(log.committed()).isEqualTo(voters(1, 2, 3));
        assertThat(log.latest()).isEqualTo(voters(1, 2, 3));
    }

    @Test
    void aCutTakesWhatCameFromThereOn() {
        MembershipLog log = new MembershipLog(3, voters(1));
        log.append(5, voters(1, 2));
        log.append(9, voters(1, 2, 3));

        assertThat(log.cutFrom(10)).isFalse();
        assertThat(log.cutFrom(9)).isTrue();
        assertThat(log.latest()).isEqualTo(voters(1, 2));
        assertThat(log.cutFrom(4)).isTrue();
        assertThat(log.latest()).isEqualTo(voters(1));
        assertThat(log.latestIndex()).isEqualTo(3);
    }

    @Test
    void theCommittedOneIsNeverCut() {
        MembershipLog log = new MembershipLog(0, voters(1, 2));

        assertThat(log.cutFrom(1)).isFalse();
        assertThat(log.cutFrom(0)).isFalse();
        assertThat(log.latest()).isEqualTo(voters(1, 2));
    }

    @Test
    void aRestartForgetsEverythingElse() {
        MembershipLog log = new MembershipLog(3, voters(1));
        log.append(50, voters(1, 2));

        log.restart(20, voters(4));

        assertThat(log.latest()).isEqualTo(voters(4));
        assertThat(log.latestIndex()).isEqualTo(20);
        assertThat(log.committed()).isEqualTo(voters(4));
        log.append(21, voters(4, 5));
        assertThat(log.latestIndex()).isEqualTo(21);
    }

    @Test
    void indexesAscend() {
        MembershipLog log = new MembershipLog(3, voters(1));

        assertThatThrownBy(() -> log.append(3, voters(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a membership at 3 after one at 3");
    }

    /** The dumb twin: a sorted map of all memberships, and the index up to which all is committed. */
    @Test
    void behavesLikeASortedMap() {
        SplittableRandom random = new SplittableRandom(9);
        TreeMap<Long, Membership> twin = new TreeMap<>(Map.of(0L, voters(1)));
        MembershipLog log = new MembershipLog(0, voters(1));
        long committed = 0;
        for (int i = 0; i < 5000; i++) {
            switch (random.nextInt(3)) {
                case 0 -> {
                    long index = Math.max(twin.lastKey(), committed) + 1 + random.nextInt(5);
                    twin.put(index, voters(1 + random.nextInt(9)));
                    log.append(index, twin.get(index));
                }
                case 1 -> {
                    long from = committed + 1 + random.nextInt(10);
                    boolean cuts = !twin.tailMap(from).isEmpty();
                    twin.tailMap(from).clear();
                    assertThat(log.cutFrom(from)).isEqualTo(cuts);
                }
                default -> {
                    committed += random.nextInt(6);
                    log.commitTo(committed);
                }
            }
            assertThat(log.latest()).isEqualTo(twin.lastEntry().getValue());
            assertThat(log.committed()).isEqualTo(twin.floorEntry(committed).getValue());
        }
    }
}
