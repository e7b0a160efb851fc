package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.api.WatchRequest;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.WatchSettings;
import io.dengine.raft.membership.NodeId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process with a small heap: more is written than the heap holds while one node is away and user code blocks. */
@Timeout(180)
class BoundedMemoryTest {

    private static final int HEAP_MIB = 64;
    private static final int VALUE_BYTES = 96 << 10;
    private static final int WRITES = 1200;
    private static final int IN_FLIGHT = 32;

    @TempDir
    Path directory;

    @Test
    void aStoppedFollowerAndBlockedListenersCostBoundedMemory() throws Exception {
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP_MIB + "m",
                        "-XX:MaxDirectMemorySize=" + HEAP_MIB + "m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        directory.resolve("data").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(150, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(() -> "the process said: " + read(output.toFile()))
                .isZero();
        assertThat((long) WRITES * VALUE_BYTES).isGreaterThan((long) HEAP_MIB << 20);
    }

    private static String read(File file) {
        try {
            return Files.readString(file.toPath());
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Ends normally only if every write was answered. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) throws Exception {
            CountDownLatch never = new CountDownLatch(1);
            try (LocalCluster cluster = new LocalCluster(Path.of(arguments[0]), Child::settings)) {
                DEngine leader = cluster.leader();
                NodeId away = cluster.follower().nodeId();
                cluster.stop(away);
                leader.client().watch(WatchRequest.prefix(ByteSequence.of("k")), (revision, events) -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                ArrayDeque<CompletableFuture<?>> underWay = new ArrayDeque<>();
                ByteSequence value = ByteSequence.wrap(new byte[VALUE_BYTES]);
                for (int i = 0; i < WRITES; i++) {
                    if (underWay.size() == IN_FLIGHT) {
                        underWay.remove().get(30, TimeUnit.SECONDS);
                    }
                    underWay.add(leader.client().put(ByteSequence.of("k" + i % 50), value));
                }
                for (CompletableFuture<?> put : List.copyOf(underWay)) {
                    put.get(30, TimeUnit.SECONDS);
                }
                never.countDown();
            }
        }

        private static DEngineConfig settings(DEngineConfig config) {
            return config.withDurability(Durability.OS_CACHE)
                    .with(Election.ofTimeout(Duration.ofSeconds(1)))
                    .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(30)))
                    .with(new LogSettings(1 << 20, 1 << 20, 4, 2 << 20, 4 << 20))
                    .with(new WatchSettings(
                            1_000_000, 16 << 20, Duration.ofHours(1), 1000, 1024, Duration.ofSeconds(1)));
        }
    }
}
