package io.dengine;

import static org.awaitility.Awaitility.await;

import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Three real nodes on this machine, each with a directory of its own. */
final class LocalCluster implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(40);

    final Map<NodeId, DEngine> engines = new TreeMap<>();
    private final Map<NodeId, PeerAddress> members = new TreeMap<>();
    private final Path directory;
    private final UnaryOperator<DEngineConfig> settings;

    LocalCluster(Path directory, UnaryOperator<DEngineConfig> settings) throws IOException {
        this.directory = directory;
        this.settings = settings;
        for (int id = 1; id <= 3; id++) {
            members.put(NodeId.of(id), FreePorts.address());
        }
        members.keySet().forEach(this::start);
        engines.values().forEach(engine -> engine.awaitReady(PATIENCE));
    }

    Path directoryOf(NodeId id) {
        return directory.resolve("n" + id);
    }

    DEngine start(NodeId id) {
        DEngine engine =
                DEngine.start(settings.apply(DEngineConfig.member(id.value(), directoryOf(id), "test", members)));
        engines.put(id, engine);
        return engine;
    }

    void stop(NodeId id) {
        DEngine engine = engines.remove(id);
        if (engine != null) {
            engine.close();
        }
    }

    DEngine leader() {
        return await().atMost(PATIENCE)
                .until(
                        () -> engines.values().stream()
                                .filter(DEngine::isLeader)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
    }

    DEngine follower() {
        DEngine leader = leader();
        return engines.values().stream()
                .filter(engine -> engine != leader)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        engines.values().forEach(DEngine::close);
    }
}
