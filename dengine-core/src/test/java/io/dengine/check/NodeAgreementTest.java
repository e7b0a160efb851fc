package io.dengine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeAgreementTest {

    private static final List<RevisionEvents> CHANGES =
            HistoryGenerator.of(1, 4, 30).committed();

    @Test
    void nodesThatShowDifferentPartsOfTheSameAgree() {
        Map<String, List<RevisionEvents>> shown =
                Map.of("n1", CHANGES.subList(0, 12), "n2", CHANGES.subList(5, CHANGES.size()));

        assertThat(NodeAgreement.check(shown)).isEmpty();
        assertThat(NodeAgreement.merged(shown)).isEqualTo(CHANGES);
    }

    @Test
    void aNodeThatHasAnotherChangeAtARevisionIsCaught() {
        List<RevisionEvents> bent = new ArrayList<>(CHANGES);
        bent.set(7, new RevisionEvents(bent.get(7).revision(), bent.get(8).events()));

        assertThat(NodeAgreement.check(Map.of("n1", CHANGES, "n2", bent)))
                .extracting(Breach::rule)
                .containsExactly(Rule.AGREEMENT);
    }

    @Test
    void aRevisionThatNoNodeShowsIsCaught() {
        List<RevisionEvents> bent = new ArrayList<>(CHANGES);
        bent.remove(7);

        assertThat(NodeAgreement.check(Map.of("n1", bent, "n2", bent.subList(0, 3))))
                .extracting(Breach::rule)
                .containsExactly(Rule.SEQUENCE);
    }
}
