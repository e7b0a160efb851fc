package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.transport.netty.PeerThread;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScheduledAgentsTest extends AgentRunnerContract {

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledAgents agents = new ScheduledAgents(thread, System::nanoTime);

    @AfterEach
    void endThread() {
        thread.shutdownNow();
    }

    @Override
    AgentRunner runner() {
        return agents;
    }

    @Test
    void anAgentThatIsAlwaysBusyLeavesTheThreadToOthersToo() throws Exception {
        AgentRunner.Handle handle = agents.start(agent(() -> true), NEVER);
        for (int i = 0; i < 1_000; i++) {
            assertThat(thread.submit(() -> true).get(LONG.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
        assertThat(handle.stop(LONG)).isTrue();
    }

    /** A task that one of the event loop's own schedules comes after its sockets have been looked at. */
    @Test
    void theNetworkIsLookedAtBetweenTheTurnsOfAnAgentThatIsWokenInEachOfThem() throws Exception {
        ExecutorService waker = Executors.newSingleThreadExecutor();
        try (PeerThread peers = new PeerThread("scheduled-agents-test")) {
            CompletableFuture<AgentRunner.Handle> started = new CompletableFuture<>();
            CompletableFuture<Integer> turnsBefore = new CompletableFuture<>();
            AtomicInteger turns = new AtomicInteger();
            AgentRunner.Handle handle = new ScheduledAgents(peers.executor(), System::nanoTime)
                    .start(
                            agent(() -> {
                                if (turns.incrementAndGet() == 1) {
                                    Future<?> unused = peers.executor()
                                            .schedule(() -> turnsBefore.complete(turns.get()), 0, TimeUnit.NANOSECONDS);
                                }
                                CompletableFuture.runAsync(started.join()::wake, waker)
                                        .join();
                                return false;
                            }),
                            NEVER);
            started.complete(handle);
            assertThat(turnsBefore.get(LONG.toSeconds(), TimeUnit.SECONDS)).isLessThan(10);
            assertThat(handle.stop(LONG)).isTrue();
        } finally {
            waker.shutdownNow();
        }
    }

    @Test
    void anAgentCanBeStoppedInItsOwnTurn() throws Exception {
        CompletableFuture<AgentRunner.Handle> started = new CompletableFuture<>();
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        AtomicBoolean again = new AtomicBoolean();
        started.complete(agents.start(
                agent(() -> {
                    again.set(stopped.isDone());
                    return stopped.complete(started.join().stop(LONG));
                }),
                NEVER));
        assertThat(stopped.get(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        thread.submit(() -> {}).get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(again).isFalse();
    }

    @Test
    void whereTheThreadHasEndedThereIsNothingToWaitFor() {
        AgentRunner.Handle handle = agents.start(agent(() -> false), NEVER);
        thread.shutdownNow();
        assertThat(handle.stop(Duration.ZERO)).isTrue();
    }
}
