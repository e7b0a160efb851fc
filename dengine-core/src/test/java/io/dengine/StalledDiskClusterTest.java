package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ByteSequence;
import io.dengine.api.IndeterminateException;
import io.dengine.api.ReadConsistency;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import io.dengine.node.EngineMeter;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk that neither fails nor answers, under the one node that everybody waits for. */
@Timeout(60)
class StalledDiskClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(300);

    private final Map<NodeId, SimDisk> disks = new TreeMap<>();
    private final List<DEngine> engines = new ArrayList<>();

    @BeforeEach
    void startThree() throws IOException {
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        for (int id = 1; id <= 3; id++) {
            members.put(NodeId.of(id), FreePorts.address());
        }
        for (NodeId id : members.keySet()) {
            SimDisk disk = new SimDisk(new SplittableRandom(id.value()));
            disks.put(id, disk);
            DEngineConfig config = DEngineConfig.member(id.value(), Path.of("/data"), "test", members)
                    .withStateStore(StateStore.MEMORY)
                    .with(Election.ofTimeout(ELECTION_TIMEOUT))
                    .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(10)));
            engines.add(DEngine.start(config, EngineMeter.NONE, disk));
        }
        engines.forEach(engine -> engine.awaitReady(PATIENCE));
    }

    @AfterEach
    void closeAll() {
        engines.forEach(DEngine::close);
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    @Test
    void aLeaderWhoseDiskStandsStillGivesWay() {
        DEngine stalled = await().atMost(PATIENCE)
                .until(
                        () -> engines.stream()
                                .filter(DEngine::isLeader)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
        List<DEngine> others =
                engines.stream().filter(engine -> engine != stalled).toList();
        others.get(0).client().blocking().put(bytes("before"), bytes("v"));
        // Whoever holds the disk's monitor holds up every operation on it.
        synchronized (disks.get(stalled.nodeId())) {
            Throwable during =
                    catchThrowable(() -> others.get(0).client().blocking().put(bytes("during"), bytes("v")));
            assertThat(during).isInstanceOfAny(IndeterminateException.class);
            await().atMost(PATIENCE).until(() -> others.stream().anyMatch(DEngine::isLeader));
            others.get(1).client().blocking().put(bytes("after"), bytes("v"));
        }
        await().atMost(PATIENCE)
                .until(() -> stalled.client()
                                .blocking()
                                .get(bytes("after"), ReadConsistency.LOCAL)
                                .entry()
                        != null);
        assertThat(stalled.client()
                        .blocking()
                        .get(bytes("before"), ReadConsistency.LINEARIZABLE)
                        .entry())
                .isNotNull();
    }
}
