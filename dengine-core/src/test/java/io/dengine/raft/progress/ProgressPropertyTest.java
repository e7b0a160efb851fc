package io.dengine.raft.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Answers that are late, repeated, lost or from before a restart of the peer leave what a leader knows of it in order. */
class ProgressPropertyTest {

    private static final int WINDOW = 3;

    @Test
    void nextStaysAboveMatchAndTheWindowBounded() {
        SplittableRandom random = new SplittableRandom(3);
        for (int run = 0; run < 500; run++) {
            long last = 1L + random.nextInt(20);
            Progress progress = new Progress(last + 1, WINDOW, 0);
            int sentInARow = 0;
            for (int step = 0; step < 60; step++) {
                long matchBefore = progress.matchIndex();
                switch (random.nextInt(5)) {
                    case 0 -> {
                        progress.onAccepted(random.nextLong(last + 1));
                        sentInARow = 0;
                    }
                    case 1 -> {
                        progress.onRejected(random.nextLong(last + 1), random.nextLong(last + 2));
                        sentInARow = 0;
                    }
                    case 2 -> {
                        boolean known = progress.state() == ProgressState.SNAPSHOT;
                        assertThat(progress.onBehindLog()).isEqualTo(!known);
                        assertThat(progress.maySend()).isFalse();
                        sentInARow = 0;
                    }
                    default -> {
                        if (progress.maySend()) {
                            long upTo = Math.max(progress.nextIndex(), last) + random.nextInt(3);
                            last = Math.max(last, upTo);
                            progress.onEntriesSent(upTo, step);
                            sentInARow++;
                        }
                    }
                }
                assertThat(progress.nextIndex()).isGreaterThan(progress.matchIndex());
                assertThat(progress.matchIndex()).isGreaterThanOrEqualTo(matchBefore);
                assertThat(sentInARow).isLessThanOrEqualTo(WINDOW);
                assertThat(progress.isSettled() && !progress.maySend()).isFalse();
            }
        }
    }
}
