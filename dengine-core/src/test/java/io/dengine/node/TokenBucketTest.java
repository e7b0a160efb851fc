package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TokenBucketTest {

    private static final long RATE = 1 << 20;

    @Test
    void overTimeNoMoreIsTakenThanTheRateAllows() {
        TokenBucket bucket = new TokenBucket(RATE, 0);
        long taken = 0;
        for (long now = 0; now < TimeUnit.SECONDS.toNanos(10); now += TimeUnit.MILLISECONDS.toNanos(1)) {
            while (bucket.isOpen(now)) {
                bucket.take(100_000, now);
                taken += 100_000;
            }
        }
        assertThat(taken).isBetween(10 * RATE - 100_000, 10 * RATE + 200_000);
    }

    @Test
    void aPauseEarnsNoMoreThanAShortBurst() {
        TokenBucket bucket = new TokenBucket(RATE, 0);
        long later = TimeUnit.HOURS.toNanos(1);
        long taken = 0;
        while (bucket.isOpen(later)) {
            bucket.take(1_000, later);
            taken += 1_000;
        }
        assertThat(taken).isLessThan(RATE / 20);
    }

    @Test
    void itOpensWhenItSays() {
        TokenBucket bucket = new TokenBucket(RATE, 0);
        bucket.take(RATE, 0);
        assertThat(bucket.isOpen(bucket.openAtNanos() - 1)).isFalse();
        assertThat(bucket.isOpen(bucket.openAtNanos())).isTrue();
    }
}
