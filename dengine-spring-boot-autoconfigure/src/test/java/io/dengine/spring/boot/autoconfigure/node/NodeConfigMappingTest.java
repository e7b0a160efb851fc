package io.dengine.spring.boot.autoconfigure.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.config.Security;
import io.dengine.config.SnapshotSettings;
import io.dengine.config.StateStore;
import io.dengine.config.WatchSettings;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class NodeConfigMappingTest {

    @Test
    void nothingSetIsTheEnginesOwnDefault() {
        assertThat(config(Map.of())).isEqualTo(DEngineConfig.embedded(Path.of("./data/dengine")));
    }

    @Test
    void everySettingArrives() {
        DEngineConfig config = config(Map.ofEntries(
                Map.entry("dengine.node.id", "2"),
                Map.entry("dengine.node.data-dir", "/tmp/n2"),
                Map.entry("dengine.cluster.name", "orders"),
                Map.entry("dengine.cluster.members.1", "127.0.0.1:7401"),
                Map.entry("dengine.cluster.members.2", "127.0.0.1:7402"),
                Map.entry("dengine.cluster.members.3", "[::1]:7403"),
                Map.entry("dengine.durability", "os-cache"),
                Map.entry("dengine.state-store", "memory"),
                Map.entry("dengine.election.timeout", "2s"),
                Map.entry("dengine.election.heartbeat", "300ms"),
                Map.entry("dengine.election.max-clock-drift", "0.2"),
                Map.entry("dengine.limits.max-key-bytes", "1KB"),
                Map.entry("dengine.limits.max-value-bytes", "2KB"),
                Map.entry("dengine.limits.max-pending-proposals", "3"),
                Map.entry("dengine.limits.max-pending-bytes", "4MB"),
                Map.entry("dengine.limits.max-pending-reads", "5"),
                Map.entry("dengine.limits.request-timeout", "6s"),
                Map.entry("dengine.log.segment-bytes", "7MB"),
                Map.entry("dengine.log.max-append-bytes", "8KB"),
                Map.entry("dengine.log.max-inflight-appends", "9"),
                Map.entry("dengine.log.cache-bytes", "10MB"),
                Map.entry("dengine.log.purge-bytes", "11MB"),
                Map.entry("dengine.log.purge-entries", "18"),
                Map.entry("dengine.log.purge-age", "19m"),
                Map.entry("dengine.snapshots.max-bytes-per-second", "20MB"),
                Map.entry("dengine.snapshots.keep", "21m"),
                Map.entry("dengine.snapshots.state-hash-interval", "22"),
                Map.entry("dengine.cluster.bind", "0.0.0.0:7402"),
                Map.entry("dengine.api.address", "10.0.0.2:7500"),
                Map.entry("dengine.api.bind", "0.0.0.0:7500"),
                Map.entry("dengine.api.max-request-bytes", "23MB"),
                Map.entry("dengine.api.max-calls-per-connection", "24"),
                Map.entry("dengine.api.max-in-flight", "25"),
                Map.entry("dengine.api.max-unsent-bytes", "26MB"),
                Map.entry("dengine.watch.history-events", "12"),
                Map.entry("dengine.watch.history-bytes", "13MB"),
                Map.entry("dengine.watch.history-age", "14m"),
                Map.entry("dengine.watch.max-watches", "15"),
                Map.entry("dengine.watch.buffered-events", "16"),
                Map.entry("dengine.watch.progress-interval", "17s")));

        assertThat(config)
                .isEqualTo(DEngineConfig.member(
                                2,
                                Path.of("/tmp/n2"),
                                "orders",
                                Map.of(
                                        NodeId.of(1), new PeerAddress("127.0.0.1", 7401),
                                        NodeId.of(2), new PeerAddress("127.0.0.1", 7402),
                                        NodeId.of(3), new PeerAddress("::1", 7403)))
                        .withDurability(Durability.OS_CACHE)
                        .withStateStore(StateStore.MEMORY)
                        .with(new Election(Duration.ofSeconds(2), Duration.ofMillis(300), 0.2))
                        .with(new Limits(1024, 2048, 3, 4 << 20, 5, Duration.ofSeconds(6)))
                        .with(new LogSettings(7 << 20, 8 << 10, 9, 10 << 20, 11 << 20, 18, Duration.ofMinutes(19)))
                        .with(new Peering(null, new PeerAddress("0.0.0.0", 7402), List.of(), false, null))
                        .with(new ApiSettings(
                                new PeerAddress("10.0.0.2", 7500),
                                new PeerAddress("0.0.0.0", 7500),
                                23 << 20,
                                24,
                                25,
                                26 << 20))
                        .with(new SnapshotSettings(20 << 20, Duration.ofMinutes(21), 22))
                        .with(new WatchSettings(12, 13 << 20, Duration.ofMinutes(14), 15, 16, Duration.ofSeconds(17))));
    }

    @Test
    void heartbeatFollowsTheElectionTimeout() {
        assertThat(config(Map.of("dengine.election.timeout", "5s")).election())
                .isEqualTo(Election.ofTimeout(Duration.ofSeconds(5)));
    }

    @Test
    void membersNeedToKnowWhichOfThemThisIs() {
        assertThat(refused(Map.of("dengine.cluster.members.1", "localhost:7401"))
                        .setting())
                .isEqualTo("node.id");
        assertThat(refused(Map.of("dengine.node.id", "2", "dengine.cluster.members.1", "localhost:7401"))
                        .setting())
                .isEqualTo("node.id");
        assertThat(refused(Map.of("dengine.node.id", "0")).setting()).isEqualTo("node.id");
    }

    @Test
    void whatIsWrongWithThePortForClientsIsNamedByItsProperty() {
        assertThat(refused(Map.of("dengine.api.address", "here")).setting()).isEqualTo("api.address");
        assertThat(refused(Map.of("dengine.api.bind", "0.0.0.0:7500")).setting())
                .isEqualTo("api.bind");
        assertThat(refused(Map.of("dengine.api.address", "localhost:7500", "dengine.api.max-request-bytes", "1MB"))
                        .setting())
                .isEqualTo("api.max-request-bytes");
    }

    @Test
    void badMembersAreNamed() {
        assertThat(refused(Map.of("dengine.node.id", "1", "dengine.cluster.members.1", "localhost"))
                        .problem())
                .contains("'localhost'");
        assertThat(refused(Map.of("dengine.node.id", "1", "dengine.cluster.members.0", "localhost:7401"))
                        .setting())
                .isEqualTo("cluster.members");
    }

    @Test
    void nodeThatJoinsSaysWhereItIsWhomItAsksAndWhatItBecomes() {
        assertThat(config(Map.of(
                                "dengine.node.id", "4",
                                "dengine.cluster.address", "10.0.0.4:7400",
                                "dengine.cluster.join", "10.0.0.1:7400, 10.0.0.2:7400",
                                "dengine.cluster.replaces", "3"))
                        .peering())
                .isEqualTo(new Peering(
                        new PeerAddress("10.0.0.4", 7400),
                        null,
                        List.of(new PeerAddress("10.0.0.1", 7400), new PeerAddress("10.0.0.2", 7400)),
                        false,
                        NodeId.of(3)));
        assertThat(config(Map.of(
                                "dengine.node.id", "4",
                                "dengine.cluster.address", "10.0.0.4:7400",
                                "dengine.cluster.join", "10.0.0.1:7400",
                                "dengine.cluster.join-as", "learner"))
                        .peering()
                        .readOnly())
                .isTrue();
    }

    @Test
    void whatIsWrongWithJoiningIsNamedByItsProperty() {
        Map<String, String> joiner = Map.of(
                "dengine.node.id", "4",
                "dengine.cluster.address", "10.0.0.4:7400",
                "dengine.cluster.join", "10.0.0.1:7400");
        assertThat(refused(with(joiner, "dengine.cluster.address", "10.0.0.4")).setting())
                .isEqualTo("cluster.address");
        assertThat(refused(with(joiner, "dengine.cluster.bind", "any:99999")).setting())
                .isEqualTo("cluster.bind");
        assertThat(refused(with(joiner, "dengine.cluster.join", "seed")).setting())
                .isEqualTo("cluster.join");
        assertThat(refused(with(joiner, "dengine.cluster.members.4", "10.0.0.4:7400"))
                        .setting())
                .isEqualTo("cluster.join");
        assertThat(refused(with(joiner, "dengine.cluster.replaces", "0")).setting())
                .isEqualTo("cluster.replaces");
        assertThat(refused(Map.of("dengine.cluster.replaces", "3")).setting()).isEqualTo("cluster.replaces");
        assertThat(refused(Map.of("dengine.node.id", "4", "dengine.cluster.join", "10.0.0.1:7400"))
                        .setting())
                .isEqualTo("cluster.join");
        assertThat(refused(Map.of(
                                "dengine.cluster.address", "10.0.0.4:7400",
                                "dengine.cluster.join", "10.0.0.1:7400"))
                        .setting())
                .isEqualTo("node.id");
    }

    private static Map<String, String> with(Map<String, String> properties, String name, String value) {
        Map<String, String> changed = new HashMap<>(properties);
        changed.put(name, value);
        return changed;
    }

    @Test
    void sizeBeyondAnIntIsNotCutOff() {
        assertThat(refused(Map.of("dengine.limits.max-value-bytes", "4GB")).setting())
                .isEqualTo("limits.max-value-bytes");
    }

    private static InvalidConfigException refused(Map<String, String> properties) {
        return catchThrowableOfType(InvalidConfigException.class, () -> config(properties));
    }

    private static DEngineConfig config(Map<String, String> properties) {
        NodeProperties bound = new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("dengine", NodeProperties.class);
        return NodeConfigMapping.toConfig(bound, Security.NONE);
    }
}
