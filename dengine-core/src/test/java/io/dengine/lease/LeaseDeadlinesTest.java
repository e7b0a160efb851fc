package io.dengine.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class LeaseDeadlinesTest {

    private final LeaseDeadlines deadlines = new LeaseDeadlines();

    @Test
    void keyIsDueAfterItsDeadlineAndNotAtIt() {
        deadlines.add(key(1), 100);

        assertThat(deadlines.due(100, 10)).isEmpty();
        assertThat(deadlines.due(101, 10)).containsExactly(key(1));
    }

    @Test
    void dueKeysComeByDeadlineThenByKey() {
        deadlines.add(key(3), 5);
        deadlines.add(key(2), 7);
        deadlines.add(key(1), 7);
        deadlines.add(key(0), 9);

        assertThat(deadlines.due(9, 10)).containsExactly(key(3), key(1), key(2));
        assertThat(deadlines.due(10, 2)).containsExactly(key(3), key(1));
    }

    @Test
    void emptyHasNoNextDeadline() {
        assertThat(deadlines.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(deadlines.due(Long.MAX_VALUE, 10)).isEmpty();
    }

    @Test
    void wrongOldDeadlineIsABrokenInvariant() {
        deadlines.add(key(1), 100);

        assertThatThrownBy(() -> deadlines.replace(key(1), 99, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> deadlines.replace(key(1), 0, 100)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> deadlines.add(key(2), 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void matchesAMapFromKeyToDeadline() {
        RandomGenerator random = new SplittableRandom(2);
        Map<ByteSequence, Long> twin = new TreeMap<>();
        for (int i = 0; i < 20_000; i++) {
            ByteSequence key = key(random.nextInt(50));
            long before = twin.getOrDefault(key, 0L);
            long after = random.nextInt(3) == 0 ? 0 : 1L + random.nextInt(30);
            deadlines.replace(key, before, after);
            if (after == 0) {
                twin.remove(key);
            } else {
                twin.put(key, after);
            }
            long now = random.nextInt(35);
            int max = 1 + random.nextInt(20);
            List<ByteSequence> due = twin.entrySet().stream()
                    .filter(entry -> entry.getValue() < now)
                    .sorted(Comparator.comparing((Map.Entry<ByteSequence, Long> entry) -> entry.getValue())
                            .thenComparing(Map.Entry::getKey))
                    .limit(max)
                    .map(Map.Entry::getKey)
                    .toList();
            assertThat(deadlines.due(now, max)).isEqualTo(due);
            assertThat(deadlines.size()).isEqualTo(twin.size());
            assertThat(deadlines.nextDeadlineMillis())
                    .isEqualTo(twin.values().stream().min(Long::compare).orElse(Long.MAX_VALUE));
        }
    }

    private static ByteSequence key(int i) {
        return ByteSequence.wrap(new byte[] {(byte) i});
    }
}
