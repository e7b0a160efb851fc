package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.node.StateHashes.Deviation;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateHashesTest {

    private static final NodeId ONE = NodeId.of(1);
    private static final NodeId TWO = NodeId.of(2);
    private static final NodeId THREE = NodeId.of(3);
    private static final NodeId FOUR = NodeId.of(4);
    private static final Membership MEMBERS = new Membership(Set.of(ONE, TWO, THREE), Set.of(), Set.of(FOUR));

    private final StateHashes hashes = new StateHashes();

    @Test
    void whoDiffersFromAMajorityIsFoundWhoeverReportsLast() {
        assertThat(hashes.report(ONE, 10, 5, MEMBERS)).isEmpty();
        assertThat(hashes.report(TWO, 10, 6, MEMBERS)).isEmpty();
        assertThat(hashes.report(THREE, 10, 5, MEMBERS)).containsExactly(new Deviation(TWO, 10, 5));

        assertThat(hashes.report(ONE, 20, 7, MEMBERS)).isEmpty();
        assertThat(hashes.report(TWO, 20, 7, MEMBERS)).isEmpty();
        assertThat(hashes.report(THREE, 20, 8, MEMBERS)).containsExactly(new Deviation(THREE, 20, 7));
    }

    @Test
    void theReporterItselfMayBeTheOneThatDiffers() {
        hashes.report(ONE, 10, 6, MEMBERS);
        hashes.report(TWO, 10, 5, MEMBERS);
        assertThat(hashes.report(THREE, 10, 5, MEMBERS)).containsExactly(new Deviation(ONE, 10, 5));
    }

    @Test
    void aLearnerIsComparedButDecidesNothing() {
        assertThat(hashes.report(FOUR, 10, 6, MEMBERS)).isEmpty();
        assertThat(hashes.report(ONE, 10, 6, MEMBERS)).isEmpty();
        assertThat(hashes.report(TWO, 10, 5, MEMBERS)).isEmpty();
        assertThat(hashes.report(THREE, 10, 5, MEMBERS))
                .containsExactlyInAnyOrder(new Deviation(ONE, 10, 5), new Deviation(FOUR, 10, 5));
    }

    @Test
    void whereAllDifferNobodyIsBlamed() {
        hashes.report(ONE, 10, 1, MEMBERS);
        hashes.report(TWO, 10, 2, MEMBERS);
        assertThat(hashes.report(THREE, 10, 3, MEMBERS)).isEmpty();
    }

    @Test
    void whoIsFarBehindIsNotCompared() {
        for (long index = 10; index <= 200; index += 10) {
            hashes.report(ONE, index, index, MEMBERS);
            hashes.report(TWO, index, index, MEMBERS);
        }
        assertThat(hashes.report(THREE, 10, 99, MEMBERS)).isEmpty();
        assertThat(hashes.report(THREE, 200, 99, MEMBERS)).containsExactly(new Deviation(THREE, 200, 200));
    }

    @Test
    void aStrangerIsNotHeard() {
        hashes.report(NodeId.of(9), 10, 1, MEMBERS);
        hashes.report(ONE, 10, 1, MEMBERS);
        assertThat(hashes.report(TWO, 10, 2, MEMBERS)).isEmpty();
    }

    @Test
    void whatWasSaidOfAReplacedStateIsForgotten() {
        hashes.report(TWO, 10, 6, MEMBERS);
        hashes.forget(TWO);
        hashes.report(ONE, 10, 5, MEMBERS);
        assertThat(hashes.report(THREE, 10, 5, MEMBERS)).isEmpty();
    }
}
