package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What holds of every way to give agents their turns on threads. */
abstract class AgentRunnerContract {

    static final Duration LONG = Duration.ofSeconds(20);

    static final AgentRunner.FailureHandler NEVER = (agent, cause) -> {
        throw new AssertionError(cause);
    };

    abstract AgentRunner runner();

    static Agent agent(BooleanSupplier work) {
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

    @Test
    void noWakeUpIsLostHoweverItFallsBetweenTheLastLookAndTheParking() throws Exception {
        LinkedBlockingQueue<Integer> in = new LinkedBlockingQueue<>();
        LinkedBlockingQueue<Integer> out = new LinkedBlockingQueue<>();
        AgentRunner.Handle handle = runner().start(
                        agent(() -> {
                            Integer next = in.poll();
                            return next != null && out.add(next);
                        }),
                        NEVER);
        for (int i = 0; i < 20_000; i++) {
            in.add(i);
            handle.wake();
            assertThat(out.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo(i);
        }
        assertThat(handle.stop(LONG)).isTrue();
    }

    @Test
    void anAgentIsGivenATurnWhenOneIsDue() throws Exception {
        long dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
        LinkedBlockingQueue<Long> turnsBehind = new LinkedBlockingQueue<>();
        AgentRunner.Handle handle = runner().start(
                        new Agent() {
                            @Override
                            public String name() {
                                return "agent";
                            }

                            @Override
                            public boolean doWork() {
                                long now = System.nanoTime();
                                return now - dueNanos >= 0 && turnsBehind.isEmpty() && turnsBehind.add(now);
                            }

                            @Override
                            public long nextDueNanos() {
                                return turnsBehind.isEmpty() ? dueNanos : Long.MAX_VALUE;
                            }
                        },
                        NEVER);
        assertThat(turnsBehind.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isNotNull();
        assertThat(handle.stop(LONG)).isTrue();
    }

    @Test
    void stopWaitsForTheLastTurnAlsoOnAnInterruptedThread() throws Exception {
        CountDownLatch inTurn = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AgentRunner.Handle handle = runner().start(
                        agent(() -> {
                            inTurn.countDown();
                            awaitUninterrupted(mayEnd);
                            return false;
                        }),
                        NEVER);
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
        AgentRunner.Handle handle = runner().start(
                        agent(() -> {
                            throw failure;
                        }),
                        (agent, cause) -> failures.add(cause));
        assertThat(failures.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isSameAs(failure);
        assertThat(handle.stop(LONG)).isTrue();
    }
}
