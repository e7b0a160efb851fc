package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
