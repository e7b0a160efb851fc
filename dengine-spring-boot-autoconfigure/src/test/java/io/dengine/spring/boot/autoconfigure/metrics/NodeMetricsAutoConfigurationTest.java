package io.dengine.spring.boot.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ReadConsistency;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.node.EngineMeter;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.FreePort;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.template.TemplateAutoConfiguration;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.core.ValueOperations;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class NodeMetricsAutoConfigurationTest {

    @TempDir
    Path directory;

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        NodeAutoConfiguration.class,
                        TemplateAutoConfiguration.class,
                        NodeMetricsAutoConfiguration.class,
                        MetricsAutoConfiguration.class,
                        CompositeMeterRegistryAutoConfiguration.class))
                .withPropertyValues("dengine.node.data-dir=" + directory.resolve("node"));
    }

    private ApplicationContextRunner withRegistry() {
        return contexts().withBean(SimpleMeterRegistry.class);
    }

    @Test
    void metersHaveTheNamesThatDashboardsRelyOn() {
        withRegistry().run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            Set<String> names = registry.getMeters().stream()
                    .map(meter -> meter.getId().getName())
                    .filter(name -> name.startsWith("dengine."))
                    .collect(Collectors.toSet());
            assertThat(names)
                    .containsExactlyInAnyOrder(
                            "dengine.serving",
                            "dengine.role",
                            "dengine.term",
                            "dengine.leader.changes",
                            "dengine.commit.index",
                            "dengine.applied.index",
                            "dengine.log.index",
                            "dengine.revision",
                            "dengine.voters",
                            "dengine.learners",
                            "dengine.quarantined",
                            "dengine.pending.proposals",
                            "dengine.pending.reads",
                            "dengine.watches",
                            "dengine.watch.lag",
                            "dengine.watch.history",
                            "dengine.log.size",
                            "dengine.log.fsync",
                            "dengine.state.size",
                            "dengine.proposals",
                            "dengine.reads");
        });
    }

    @Test
    void metersFollowWhatTheNodeDoes() {
        withRegistry().run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            ValueOperations values = context.getBean(CoordinationTemplate.class).opsForValue();
            long revision = values.put("k", "v");
            values.get("k", String.class);
            values.get("k", String.class, ReadConsistency.LOCAL);

            assertThat(registry.get("dengine.serving").gauge().value()).isEqualTo(1);
            assertThat(registry.get("dengine.role")
                            .tag("role", "leader")
                            .gauge()
                            .value())
                    .isEqualTo(1);
            assertThat(registry.get("dengine.role")
                            .tag("role", "follower")
                            .gauge()
                            .value())
                    .isZero();
            assertThat(registry.get("dengine.revision").gauge().value()).isEqualTo((double) revision);
            assertThat(registry.get("dengine.term").gauge().value()).isPositive();
            assertThat(registry.get("dengine.log.size").gauge().value()).isPositive();
            assertThat(registry.get("dengine.proposals")
                            .tag("outcome", "applied")
                            .timer()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("dengine.reads")
                            .tag("consistency", "local")
                            .timer()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("dengine.log.fsync").timer().count()).isPositive();
        });
    }

    @Test
    void lagIsKeptForEveryOtherMember() {
        withRegistry()
                .withPropertyValues(
                        "dengine.node.id=2",
                        "dengine.cluster.members.1=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.2=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.3=127.0.0.1:" + FreePort.find(),
                        "dengine.start.timeout=0")
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    await().untilAsserted(() -> assertThat(peers(registry)).containsExactlyInAnyOrder("1", "3"));
                    assertThat(registry.get("dengine.voters").gauge().value()).isEqualTo(3);
                });
    }

    @Test
    void lagComesAndGoesWithTheMembers() {
        int seed = FreePort.find();
        withRegistry()
                .withPropertyValues("dengine.cluster.address=127.0.0.1:" + seed)
                .run(founder -> {
                    MeterRegistry registry = founder.getBean(MeterRegistry.class);
                    assertThat(peers(registry)).isEmpty();
                    contexts()
                            .withPropertyValues(
                                    "dengine.node.id=2",
                                    "dengine.node.data-dir=" + directory.resolve("n2"),
                                    "dengine.cluster.address=127.0.0.1:" + FreePort.find(),
                                    "dengine.cluster.join=127.0.0.1:" + seed,
                                    "dengine.cluster.join-as=learner")
                            .run(learner -> {
                                await().untilAsserted(() ->
                                        assertThat(peers(registry)).containsExactly("2"));
                                assertThat(registry.get("dengine.voters")
                                                .gauge()
                                                .value())
                                        .isEqualTo(1);
                                assertThat(registry.get("dengine.learners")
                                                .gauge()
                                                .value())
                                        .isEqualTo(1);
                                await().untilAsserted(() -> assertThat(registry.get("dengine.peer.lag")
                                                .gauge()
                                                .value())
                                        .isZero());
                                assertThat(founder.getBean(ClusterAdmin.class).remove(NodeId.of(2)))
                                        .succeedsWithin(Duration.ofSeconds(30));
                                await().untilAsserted(() ->
                                        assertThat(peers(registry)).isEmpty());
                            });
                });
    }

    private static List<String> peers(MeterRegistry registry) {
        return registry.find("dengine.peer.lag").meters().stream()
                .map(meter -> meter.getId().getTag("peer"))
                .toList();
    }

    @Test
    void metersSurviveARestartOfTheContext() {
        withRegistry().run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            context.getSourceApplicationContext().pause();
            assertThat(registry.get("dengine.term").gauge().value()).isNaN();

            context.getSourceApplicationContext().restart();
            assertThat(registry.get("dengine.term").gauge().value()).isPositive();
            assertThat(registry.get("dengine.serving").gauge().value()).isEqualTo(1);
        });
    }

    @Test
    void withoutRegistryOrMicrometerThereAreNone() {
        ApplicationContextRunner alone = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(NodeAutoConfiguration.class, NodeMetricsAutoConfiguration.class))
                .withPropertyValues("dengine.node.data-dir=" + directory.resolve("node"));
        alone.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EngineMeter.class));
        alone.withClassLoader(new FilteredClassLoader(MeterRegistry.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EngineMeter.class));
    }
}
