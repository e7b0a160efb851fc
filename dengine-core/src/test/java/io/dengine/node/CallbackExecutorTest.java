package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class CallbackExecutorTest {

    private static final String PREFIX = "callback-executor-test";

    private final CallbackExecutor callbacks = new CallbackExecutor(PREFIX);

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void oneTaskFewerThanTheBoundMayBlockAndTheNextStillRuns() {
        CountDownLatch release = new CountDownLatch(1);
        for (int i = 1; i < CallbackExecutor.MAX_THREADS; i++) {
            callbacks.execute(() -> await(release));
        }
        CountDownLatch ran = new CountDownLatch(1);
        callbacks.execute(ran::countDown);
        await(ran);
        release.countDown();
        callbacks.close();
    }

    @Test
    void tasksThatDoNotBlockNeedFewThreads() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 1000; i++) {
            CountDownLatch done = new CountDownLatch(1);
            callbacks.execute(() -> {
                threads.add(Thread.currentThread());
                done.countDown();
            });
            await(done);
        }
        assertThat(threads).hasSizeLessThan(CallbackExecutor.MAX_THREADS / 2);
        callbacks.close();
    }

    @Test
    void tasksBeyondTheBoundWaitAndRunAlsoAfterTheClose() {
        CountDownLatch release = new CountDownLatch(1);
        for (int i = 0; i < CallbackExecutor.MAX_THREADS; i++) {
            callbacks.execute(() -> await(release));
        }
        CountDownLatch ran = new CountDownLatch(1000);
        AtomicInteger count = new AtomicInteger();
        for (int i = 0; i < 1000; i++) {
            callbacks.execute(() -> {
                count.incrementAndGet();
                ran.countDown();
            });
        }
        assertThat(count).hasValue(0);
        callbacks.close();
        assertThatThrownBy(() -> callbacks.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        release.countDown();
        await(ran);
    }

    @Test
    void threadsGoOnceNothingBlocksAnyMore() {
        int blocked = CallbackExecutor.MAX_THREADS / 2;
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(blocked);
        for (int i = 0; i < blocked; i++) {
            callbacks.execute(() -> {
                begun.countDown();
                await(release);
            });
        }
        await(begun);
        assertThat(threads()).isGreaterThanOrEqualTo(blocked);
        release.countDown();

        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> {
            callbacks.execute(() -> {});
            return threads() <= 4 + Runtime.getRuntime().availableProcessors();
        });
        callbacks.close();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(PREFIX + "-callback-"))
                .filter(thread -> !thread.getName().contains("-timer-"))
                .count();
    }

    @Test
    void aTaskThatThrowsCostsOthersNothing() {
        CountDownLatch ran = new CountDownLatch(1);
        SerialExecutor serial = new SerialExecutor(task -> {
            try {
                task.run();
            } catch (IllegalStateException expected) {
                assertThat(expected).hasMessage("from a callback");
            }
        });
        serial.execute(() -> {
            throw new IllegalStateException("from a callback");
        });
        serial.execute(ran::countDown);
        await(ran);
    }
}
