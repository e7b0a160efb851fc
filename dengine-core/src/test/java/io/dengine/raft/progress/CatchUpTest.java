package io.dengine.raft.progress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CatchUpTest {

    private static final long TIMEOUT = 1000;

    private final CatchUp learner = new CatchUp(100, 0);

    @Test
    void hasNotCaughtUpBeforeItsFirstRoundEnds() {
        assertThat(learner.isCaughtUp()).isFalse();
        learner.observe(99, 100, 10, TIMEOUT);
        assertThat(learner.isCaughtUp()).isFalse();
    }

    @Test
    void hasCaughtUpWithARoundShorterThanAnElectionTimeout() {
        learner.observe(100, 150, 999, TIMEOUT);
        assertThat(learner.isCaughtUp()).isTrue();
    }

    /** Ongaro's thesis, section 4.2.1: what is appended during a round makes the next one; the last one must be short. */
    @Test
    void aLongRoundIsFollowedByAnotherWithWhatCameMeanwhile() {
        learner.observe(100, 150, 5000, TIMEOUT);
        assertThat(learner.isCaughtUp()).isFalse();
        learner.observe(149, 160, 5500, TIMEOUT);
        assertThat(learner.isCaughtUp()).isFalse();
        learner.observe(150, 160, 5999, TIMEOUT);
        assertThat(learner.isCaughtUp()).isTrue();
    }

    @Test
    void fallsBackWhenALaterRoundTakesTooLong() {
        learner.observe(100, 150, 10, TIMEOUT);
        learner.observe(120, 200, 1009, TIMEOUT);
        assertThat(learner.isCaughtUp()).isTrue();
        learner.observe(149, 300, 1010, TIMEOUT);
        assertThat(learner.isCaughtUp()).isFalse();
        learner.observe(150, 300, 1011, TIMEOUT);
        assertThat(learner.isCaughtUp()).isFalse();
        learner.observe(300, 300, 1012, TIMEOUT);
        assertThat(learner.isCaughtUp()).isTrue();
    }

    @Test
    void keepsUpWhileNothingIsWritten() {
        for (long now = 0; now < 10 * TIMEOUT; now += 100) {
            learner.observe(100, 100, now, TIMEOUT);
            assertThat(learner.isCaughtUp()).isTrue();
        }
    }
}
