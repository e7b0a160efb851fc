package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AgentThreadsTest extends AgentRunnerContract {

    private final AgentThreads threads = new AgentThreads("test", System::nanoTime);

    @Override
    AgentRunner runner() {
        return threads;
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
                NEVER);
        assertThat(idle.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(handle.stop(LONG)).isTrue();
        assertThat(turns.get()).isEqualTo(2);
    }
}
