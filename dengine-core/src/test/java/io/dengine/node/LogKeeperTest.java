package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogKeeperTest {

    private static final int PURGE_BYTES = 64 << 10;

    @Test
    void theLogStaysNearItsBoundHoweverMuchIsWritten() {
        DEngineConfig config = DEngineConfig.embedded(Path.of("unused"))
                .withLog(new DEngineConfig.Log(64 << 10, 1 << 20, 4, 0, PURGE_BYTES));
        SteppedNode single = new SteppedNode(config, new DurableTables());
        single.pass(Duration.ofMillis(20));
        long most = 0;
        for (int i = 0; i < 1_000; i++) {
            assertThat(single.put("k" + i, ByteSequence.wrap(new byte[1_000]), 0))
                    .isCompleted();
            single.pass(Duration.ofMillis(20));
            most = Math.max(most, single.log.sizeBytes());
        }
        assertThat(most).isBetween((long) PURGE_BYTES, PURGE_BYTES + 10_000L);
    }

    @Test
    void whatAMemberLacksIsKept() {
        DEngineConfig config = DEngineConfig.member(1, Path.of("unused"), "test", SteppedNode.THREE)
                .withLog(new DEngineConfig.Log(64 << 10, 1 << 20, 4, 0, PURGE_BYTES));
        SteppedNode one = new SteppedNode(config, new DurableTables());
        one.lead();
        for (int i = 0; i < 300; i++) {
            CompletableFuture<CommandResult> put = one.put("k" + i, ByteSequence.wrap(new byte[1_000]), 0);
            one.pass(Duration.ofMillis(20), 2);
            assertThat(put).isCompleted();
        }
        assertThat(one.log.base().index()).isZero();
    }
}
