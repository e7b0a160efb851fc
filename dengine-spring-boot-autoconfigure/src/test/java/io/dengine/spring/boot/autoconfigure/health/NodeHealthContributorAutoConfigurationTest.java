package io.dengine.spring.boot.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.api.CoordinationClient;
import io.dengine.config.Durability;
import io.dengine.node.NodeHealth;
import io.dengine.raft.RoleKind;
import io.dengine.spring.FreePort;
import io.dengine.spring.InMemoryClient;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class NodeHealthContributorAutoConfigurationTest {

    @TempDir
    Path directory;

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        NodeAutoConfiguration.class, NodeHealthContributorAutoConfiguration.class))
                .withPropertyValues("dengine.node.data-dir=" + directory.resolve("node"));
    }

    @Test
    void servingNodeIsUpAndTellsAboutItself() {
        contexts().run(context -> {
            Health health = context.getBean("dengineHealthContributor", HealthIndicator.class)
                    .health();

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsEntry("state", NodeHealth.SERVING)
                    .containsEntry("node", 1)
                    .containsEntry("leader", 1)
                    .containsEntry("cluster", "dengine")
                    .containsEntry("role", RoleKind.LEADER)
                    .containsEntry("durability", Durability.FSYNC)
                    .containsEntry("disk", "ok")
                    .containsKeys("term", "commitIndex", "lastApplied")
                    .doesNotContainKey("detail");
        });
    }

    @Test
    void nodeWithoutLeaderIsDown() {
        contexts()
                .withPropertyValues(
                        "dengine.node.id=1",
                        "dengine.cluster.members.1=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.2=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.3=127.0.0.1:" + FreePort.find(),
                        "dengine.start.timeout=0")
                .run(context -> {
                    Health health = context.getBean(HealthIndicator.class).health();
                    assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                    assertThat(health.getDetails())
                            .containsEntry("state", NodeHealth.NO_LEADER)
                            .containsKey("detail")
                            .doesNotContainKey("leader");
                });
    }

    @Test
    void nodeThatIsNotTakenInSaysWhy() {
        int seed = FreePort.find();
        contexts()
                .withPropertyValues(
                        "dengine.node.id=2",
                        "dengine.cluster.address=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.join=127.0.0.1:" + seed,
                        "dengine.start.timeout=0")
                .run(context -> {
                    HealthIndicator indicator = context.getBean(HealthIndicator.class);
                    await().untilAsserted(() -> {
                        Health health = indicator.health();
                        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                        assertThat(health.getDetails().get("detail").toString()).contains("127.0.0.1:" + seed);
                    });
                });
    }

    @Test
    void nodeThatIsRefusedSaysWhy() {
        int seed = FreePort.find();
        contexts()
                .withPropertyValues("dengine.cluster.address=127.0.0.1:" + seed, "dengine.cluster.name=orders")
                .run(founder -> contexts()
                        .withPropertyValues(
                                "dengine.node.id=2",
                                "dengine.node.data-dir=" + directory.resolve("n2"),
                                "dengine.cluster.name=billing",
                                "dengine.cluster.address=127.0.0.1:" + FreePort.find(),
                                "dengine.cluster.join=127.0.0.1:" + seed,
                                "dengine.start.timeout=0")
                        .run(stranger -> {
                            HealthIndicator indicator = stranger.getBean(HealthIndicator.class);
                            await().untilAsserted(() -> assertThat(indicator
                                            .health()
                                            .getDetails()
                                            .get("detail")
                                            .toString())
                                    .contains("cluster")
                                    .doesNotContain("it asks"));
                        }));
    }

    @Test
    void stoppedNodeIsDown() {
        contexts().run(context -> {
            context.getSourceApplicationContext().stop();
            assertThat(context.getBean(HealthIndicator.class).health())
                    .isEqualTo(Health.down().withDetail("state", "STOPPED").build());
        });
    }

    @Test
    void itCanBeTurnedOff() {
        contexts()
                .withPropertyValues("management.health.dengine.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
    }

    @Test
    void itBacksOffWithoutHealthOnTheClassPathWithoutNodeAndForOnesOwn() {
        contexts()
                .withClassLoader(new FilteredClassLoader(HealthIndicator.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("dengineHealthContributor"));
        contexts()
                .withBean(CoordinationClient.class, InMemoryClient::new)
                .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
        HealthIndicator own = () -> Health.up().build();
        contexts()
                .withBean("dengineHealthIndicator", HealthIndicator.class, () -> own)
                .run(context ->
                        assertThat(context).getBean(HealthIndicator.class).isSameAs(own));
    }
}
