package io.dengine.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.benchmarks.store.Store;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadDriverTest {

    private final ExecutorService answering = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        answering.shutdownNow();
    }

    /** Answers on another thread, and counts. */
    private final class CountingStore implements Store {

        private final AtomicInteger underWay = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger all = new AtomicInteger();
        private final boolean failing;

        CountingStore(boolean failing) {
            this.failing = failing;
        }

        @Override
        public boolean leads() {
            return true;
        }

        @Override
        public String version() {
            return "";
        }

        @Override
        public CompletableFuture<?> put(byte[] key, byte[] value) {
            all.incrementAndGet();
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            CompletableFuture<Void> answer = new CompletableFuture<>();
            answering.execute(() -> {
                underWay.decrementAndGet();
                if (failing) {
                    answer.completeExceptionally(new IOException("refused"));
                } else {
                    answer.complete(null);
                }
            });
            return answer;
        }

        @Override
        public void close() {}
    }

    @Test
    void asManyOperationsAreUnderWayAsTheWindowHas() throws InterruptedException {
        CountingStore store = new CountingStore(false);

        new LoadDriver(store, Workload.writes(8).lasting(0.05, 0.2)).run(() -> {});

        assertThat(store.most).hasPositiveValue().hasValueLessThanOrEqualTo(8);
    }

    @Test
    void onlyWhatIsAnsweredBetweenTheBordersCounts() throws InterruptedException {
        CountingStore store = new CountingStore(false);
        int[] at = new int[2];
        int[] border = {0};

        LoadResult result = new LoadDriver(store, Workload.writes(4).lasting(0.2, 0.2))
                .run(() -> at[border[0]++] = store.all.get());

        assertThat(border[0]).isEqualTo(2);
        assertThat(at[0]).isPositive();
        assertThat(result.operations()).isPositive().isLessThan(store.all.get());
        assertThat(result.nanos()).isGreaterThanOrEqualTo(200_000_000);
        assertThat(result.p50()).isPositive().isLessThanOrEqualTo(result.p99());
    }

    @Test
    void aFailureIsNoOperation() throws InterruptedException {
        LoadResult result =
                new LoadDriver(new CountingStore(true), Workload.writes(4).lasting(0, 0.1)).run(() -> {});

        assertThat(result.operations()).isZero();
        assertThat(result.failures()).isPositive();
    }

    @Test
    void keysAreWrittenBeforeTheLoadBegins() throws InterruptedException {
        CountingStore store = new CountingStore(false);
        int[] before = {-1};

        new LoadDriver(store, Workload.writes(1).withKeys(1000, 1000).lasting(0, 0.05))
                .run(() -> before[0] = before[0] < 0 ? store.all.get() : before[0]);

        assertThat(before[0]).isGreaterThanOrEqualTo(1000);
    }

    @Test
    void aFillThatFailsEndsTheRun() {
        LoadDriver driver = new LoadDriver(
                new CountingStore(true),
                Workload.writes(1).withKeys(10, 1_000_000).lasting(0, 0.05));

        assertThatThrownBy(() -> driver.run(() -> {})).hasRootCauseMessage("refused");
    }

    @Test
    void theLongestTimeWithoutAnAnswerIsKept() {
        Gap gap = new Gap();

        gap.begin(0);
        gap.answered(1_000_000);
        gap.answered(51_000_000);
        gap.answered(52_000_000);

        assertThat(gap.end(60_000_000)).isEqualTo(50_000_000);
    }

    @Test
    void aResultSurvivesItsLine() {
        LoadResult result = new LoadResult(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

        assertThat(LoadResult.parse(List.of(result.toLine().split(" ", -1)))).isEqualTo(result);
    }
}
