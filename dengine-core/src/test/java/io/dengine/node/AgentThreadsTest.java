package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class AgentThreadsTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final AgentThreads threads = new AgentThreads("test", System::nanoTime);

    private static Agent agent(BooleanSupplier work) {
        return new Agent() {
            @Override
            public String name() {
                return "agent";
            }

            @Override
            public boolean doWork() {
                return work.getAsBoolean();
            }
        };
    }

    private static void never(Agent agent, Throwable cause) {
        throw new AssertionError(cause);
    }

    @Test
    void noWakeUpIsLostHoweverItFallsBetweenTheLastLookAndTheParking() throws Exception {
        LinkedBlockingQueue<Integer> in = new LinkedBlockingQueue<>();
        LinkedBlockingQueue<Integer> out = new LinkedBlockingQueue<>();
        AgentRunner.Handle handle = threads.start(
                agent(() -> {
                    Integer next = in.poll();
                    return next != null && out.add(next);
                }),
                AgentThreadsTest::never);
        for (int i = 0; i < 20_000; i++) {
            in.add(i);
            handle.wake();
            assertThat(out.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo(i);
        }
        assertThat(handle.stop(LONG)).isTrue();
    }

    @Test
    void anIdleAgentIsGivenNoTurns() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        CountDownLatch idle = new CountDownLatch(2);
        AgentRunner.Handle handle = threads.start(
                agent(() -> {
                    turns.incrementAndGet();
                    idle.countDown();
                    return false;
                }),
                AgentThreadsTest::never);
        assertThat(idle.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(handle.stop(LONG)).isTrue();
        assertThat(turns.get()).isEqualTo(2);
    }

    @Test
    void stopWaitsForTheLastTurnAlsoOnAnInterruptedThread() throws Exception {
        CountDownLatch inTurn = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AgentRunner.Handle handle = threads.start(
                agent(() -> {
                    inTurn.countDown();
                    awaitUninterrupted(mayEnd);
                    return false;
                }),
                AgentThreadsTest::never);
        awaitUninterrupted(inTurn);
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        Thread stopper = new Thread(() -> {
            Thread.currentThread().interrupt();
            boolean inTime = handle.stop(LONG);
            stopped.complete(inTime && Thread.currentThread().isInterrupted());
        });
        stopper.start();
        await().atMost(LONG).until(() -> stopped.isDone() || stopper.getState() == Thread.State.TIMED_WAITING);
        mayEnd.countDown();
        assertThat(stopped.get(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatATurnThrowsEndsTheAgentAndIsReported() throws Exception {
        LinkedBlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
        IllegalStateException failure = new IllegalStateException("broken");
        AgentRunner.Handle handle = threads.start(
                agent(() -> {
                    throw failure;
                }),
                (agent, cause) -> failures.add(cause));
        assertThat(failures.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isSameAs(failure);
        assertThat(handle.stop(LONG)).isTrue();
    }
}
