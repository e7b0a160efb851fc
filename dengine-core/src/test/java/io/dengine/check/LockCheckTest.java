package io.dengine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.check.LockCheck.FencedUse;
import io.dengine.check.LockCheck.Tenure;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class LockCheckTest {

    private static final int HISTORIES = 100;

    /** Two locks, each held by one after the other, with tokens that grow. */
    private static List<Tenure> tenures(RandomGenerator random) {
        List<Tenure> tenures = new ArrayList<>();
        for (String lock : List.of("one", "other")) {
            long revision = 1;
            long token = random.nextInt(100);
            for (int i = 0; i < 5; i++) {
                long granted = revision + random.nextInt(3);
                revision = granted + 1 + random.nextInt(5);
                token += 1 + random.nextInt(3);
                tenures.add(new Tenure(lock, "h" + i, token, granted, i == 4 ? LockCheck.HELD : revision));
            }
        }
        return tenures;
    }

    @Test
    void tenuresOneAfterTheOtherPass() {
        for (long seed = 0; seed < HISTORIES; seed++) {
            assertThat(LockCheck.tenures(tenures(new SplittableRandom(seed)))).isEmpty();
        }
    }

    @Test
    void aGrantBeforeTheEndOfATenureIsCaught() {
        for (long seed = 0; seed < HISTORIES; seed++) {
            RandomGenerator random = new SplittableRandom(seed);
            List<Tenure> tenures = tenures(random);
            int index = random.nextInt(4);
            Tenure tenure = tenures.get(index);
            long tooLong = tenures.get(index + 1).grantedRevision() + 1;
            tenures.set(
                    index,
                    new Tenure(tenure.lock(), tenure.holder(), tenure.token(), tenure.grantedRevision(), tooLong));

            assertThat(LockCheck.tenures(tenures)).extracting(Breach::rule).contains(Rule.LOCK_DISJOINT);
        }
    }

    @Test
    void aTokenThatDoesNotGrowIsCaught() {
        for (long seed = 0; seed < HISTORIES; seed++) {
            RandomGenerator random = new SplittableRandom(seed);
            List<Tenure> tenures = tenures(random);
            int index = 1 + random.nextInt(4);
            Tenure tenure = tenures.get(index);
            long notHigher = tenures.get(index - 1).token() - random.nextInt(2);
            tenures.set(
                    index,
                    new Tenure(
                            tenure.lock(),
                            tenure.holder(),
                            notHigher,
                            tenure.grantedRevision(),
                            tenure.endedRevision()));

            assertThat(LockCheck.tenures(tenures)).extracting(Breach::rule).contains(Rule.FENCING);
        }
    }

    @Test
    void anAcceptedUseWithAnOlderTokenIsCaught() {
        List<FencedUse> uses = new ArrayList<>(List.of(
                new FencedUse("disk", 3, true), new FencedUse("disk", 5, true), new FencedUse("disk", 3, false)));
        assertThat(LockCheck.uses(uses)).isEmpty();

        uses.add(new FencedUse("tape", 3, true));
        assertThat(LockCheck.uses(uses)).isEmpty();

        uses.add(new FencedUse("disk", 4, true));
        assertThat(LockCheck.uses(uses)).extracting(Breach::rule).containsExactly(Rule.FENCING);
    }

    /** A key that is deleted between its holders is a lock; one that is overwritten keeps its first holder's token. */
    @Test
    void aKeyIsALockOnlyIfItIsDeletedBetweenItsHolders() {
        ByteSequence key = ByteSequence.of("a/0");
        int overwritten = 0;
        for (long seed = 0; seed < HISTORIES; seed++) {
            List<RevisionEvents> committed = HistoryGenerator.of(seed, 3, 20).committed();
            List<Tenure> tenures = LockCheck.tenuresOf(key, committed);
            boolean isOverwritten = committed.stream()
                    .flatMap(change -> change.events().stream())
                    .anyMatch(event -> event.key().equals(key) && event.entry().version() > 1);

            assertThat(LockCheck.tenures(tenures))
                    .as("seed %d", seed)
                    .extracting(Breach::rule)
                    .allMatch(rule -> rule == Rule.FENCING);
            assertThat(LockCheck.tenures(tenures).isEmpty()).isEqualTo(!isOverwritten);
            overwritten += isOverwritten ? 1 : 0;
        }
        assertThat(overwritten).isBetween(1, HISTORIES - 1);
    }
}
