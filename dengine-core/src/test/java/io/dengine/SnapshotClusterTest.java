package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ByteSequence;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.Watch;
import io.dengine.api.WatchRequest;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.StateStore;
import io.dengine.node.NodeHealth;
import io.dengine.raft.membership.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real nodes, sockets and disks: a follower that was away for longer than the log reaches back. */
@Timeout(120)
class SnapshotClusterTest {

    @TempDir
    Path directory;

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    private static void write(DEngine engine, int from, int to) {
        ByteSequence value = ByteSequence.wrap(new byte[2000]);
        CompletableFuture<?>[] puts = new CompletableFuture<?>[to - from];
        for (int i = from; i < to; i++) {
            puts[i - from] = engine.client().put(bytes("k" + i), value);
        }
        CompletableFuture.allOf(puts).join();
    }

    @ParameterizedTest
    @EnumSource(StateStore.class)
    void aFollowerThatTheLogNoLongerReachesIsFedByASnapshot(StateStore store) throws IOException {
        try (LocalCluster cluster = new LocalCluster(
                directory,
                config -> config.withStateStore(store)
                        .with(Election.ofTimeout(Duration.ofMillis(300)))
                        .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(20)))
                        .with(new LogSettings(64 << 10, 1 << 20, 4, 0, 128 << 10)))) {
            write(cluster.leader(), 0, 10);
            NodeId away = cluster.follower().nodeId();
            cluster.stop(away);
            DEngine writer = cluster.leader();
            int[] written = {10};
            // Until all that the other one lacks is out of the log.
            await().atMost(LocalCluster.PATIENCE).until(() -> {
                write(writer, written[0], written[0] + 100);
                written[0] += 100;
                return cluster.engines.values().stream()
                        .allMatch(engine -> engine.status().logBytes() < written[0] * 1000L && written[0] > 500);
            });

            DEngine back = cluster.start(away);
            await().atMost(LocalCluster.PATIENCE)
                    .until(() -> back.status().lastApplied()
                            == cluster.leader().status().lastApplied());
            assertThat(cluster.directoryOf(away).resolve("generation-2")).isDirectory();
            await().atMost(LocalCluster.PATIENCE)
                    .until(() -> !Files.exists(cluster.directoryOf(away).resolve("generation-1")));
            assertThat(back.status().health()).isEqualTo(NodeHealth.SERVING);
            for (int key : new int[] {0, 9, 10, 250, written[0] - 1}) {
                assertThat(back.client()
                                .blocking()
                                .get(bytes("k" + key), ReadConsistency.LOCAL)
                                .entry())
                        .isNotNull();
            }
            assertThat(back.client()
                            .blocking()
                            .scan(ScanRequest.prefix(bytes("k")), ReadConsistency.LINEARIZABLE)
                            .revision())
                    .isEqualTo(cluster.leader().status().revision());

            // The past came along with the state.
            Queue<Long> seen = new ConcurrentLinkedQueue<>();
            WatchRequest all = WatchRequest.prefix(bytes("k")).withFromRevision(2);
            Watch watch = back.client().watch(all, (revision, events) -> seen.add(revision));
            await().atMost(LocalCluster.PATIENCE).until(() -> seen.size() == written[0]);
            write(back, written[0], written[0] + 10);
            await().atMost(LocalCluster.PATIENCE).until(() -> seen.size() == written[0] + 10);
            assertThat(List.copyOf(seen)).isSorted().doesNotHaveDuplicates();
            watch.close();

            // And it outlives a restart.
            cluster.stop(away);
            DEngine again = cluster.start(away);
            await().atMost(LocalCluster.PATIENCE)
                    .until(() -> again.status().lastApplied()
                            == cluster.leader().status().lastApplied());
            assertThat(again.client()
                            .blocking()
                            .get(bytes("k" + (written[0] + 9)), ReadConsistency.LOCAL)
                            .entry())
                    .isNotNull();
            assertThat(cluster.directoryOf(away).resolve("generation-2")).isDirectory();
        }
    }
}
