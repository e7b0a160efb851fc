package io.dengine.spring.boot.autoconfigure.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngine;
import io.dengine.Stores;
import io.dengine.api.CoordinationClient;
import io.dengine.api.RefusedException;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.DEngineConfig;
import io.dengine.node.LeaderListener;
import io.dengine.node.MembershipListener;
import io.dengine.node.NodeHealth;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.FreePort;
import io.dengine.spring.InMemoryClient;
import io.dengine.spring.boot.autoconfigure.template.TemplateAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.watch.WatchAutoConfiguration;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.watch.WatchKey;
import io.dengine.spring.watch.WatchKeyEvent;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.NioDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class NodeAutoConfigurationTest {

    @TempDir
    Path directory;

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        NodeAutoConfiguration.class, TemplateAutoConfiguration.class, WatchAutoConfiguration.class))
                .withPropertyValues("dengine.node.data-dir=" + directory.resolve("node"));
    }

    @Test
    void withoutSettingsOneEmbeddedNodeServesAndListensNowhere() {
        contexts().run(context -> {
            DEngine engine = context.getBean(NodeLifecycle.class).engine().orElseThrow();
            assertThat(engine.config()).isEqualTo(DEngineConfig.embedded(directory.resolve("node")));
            assertThat(engine.status().health()).isEqualTo(NodeHealth.SERVING);
            assertThat(engine.isLeader()).isTrue();
            assertThat(engine.status().members())
                    .singleElement()
                    .satisfies(self -> assertThat(self.address()).isEmpty());
            context.getBean(CoordinationTemplate.class).opsForValue().put("k", "v");
        });
        contexts()
                .run(context -> assertThat(context.getBean(CoordinationTemplate.class)
                                .opsForValue()
                                .get("k", String.class)
                                .value())
                        .isEqualTo("v"));
    }

    @Test
    void disabledMakesNothing() {
        contexts().withPropertyValues("dengine.enabled=false").run(context -> {
            assertThat(context).doesNotHaveBean(NodeLifecycle.class);
            assertThat(context).doesNotHaveBean(CoordinationClient.class);
            assertThat(context).doesNotHaveBean(CoordinationTemplate.class);
        });
        assertThat(directory.resolve("node")).doesNotExist();
    }

    @Test
    void ownClientTakesThePlaceOfTheNode() {
        contexts()
                .withBean(CoordinationClient.class, InMemoryClient::new)
                .run(context -> assertThat(context)
                        .doesNotHaveBean(NodeLifecycle.class)
                        .hasSingleBean(CoordinationTemplate.class));
        assertThat(directory.resolve("node")).doesNotExist();
    }

    @Test
    void ownConfigTakesThePlaceOfTheProperties() {
        DEngineConfig own = DEngineConfig.embedded(directory.resolve("own"));
        contexts()
                .withBean(DEngineConfig.class, () -> own)
                .run(context -> assertThat(context.getBean(NodeLifecycle.class).config())
                        .isSameAs(own));
        assertThat(directory.resolve("own")).isDirectory();
        assertThat(directory.resolve("node")).doesNotExist();
    }

    @Test
    void storesBeanTakesThePlaceOfTheEnginesOwn() {
        List<Path> opened = new CopyOnWriteArrayList<>();
        Stores stores = Stores.OWN.withTable(directory -> {
            opened.add(directory);
            return MemoryTableStore.open(new NioDisk(), directory);
        });
        contexts().withBean(Stores.class, () -> stores).run(context -> {
            context.getBean(CoordinationTemplate.class).opsForValue().put("k", "v");
            assertThat(opened).hasSize(1);
        });
        assertThat(opened).allSatisfy(path -> assertThat(path).startsWith(directory.resolve("node")));
    }

    @Test
    void leaderListenerBeansAreTold() {
        List<LeaderListener.LeaderChange> changes = new CopyOnWriteArrayList<>();
        contexts()
                .withBean(LeaderListener.class, () -> changes::add)
                .run(context -> await().untilAsserted(() -> assertThat(changes)
                        .anySatisfy(change -> assertThat(change.self()).isTrue())));
    }

    @Test
    void membershipListenerBeansAreToldWithTheLogIndexByEachEngine() {
        List<Long> indexes = new CopyOnWriteArrayList<>();
        MembershipListener listener = (index, membership) -> {
            assertThat(membership.voters()).containsExactly(NodeId.of(1));
            indexes.add(index);
        };
        contexts().withBean(MembershipListener.class, () -> listener).run(context -> {
            // The new cluster's first leader writes the membership at 1, and at 2 with the id of its own storage.
            await().untilAsserted(() -> assertThat(indexes).endsWith(2L));
            assertThat(indexes).isSorted().doesNotHaveDuplicates();
            int heard = indexes.size();
            context.getSourceApplicationContext().pause();
            context.getSourceApplicationContext().restart();
            await().untilAsserted(() -> assertThat(indexes).hasSizeGreaterThan(heard));
        });
    }

    @Test
    void clusterAdminOutlivesTheEngine() {
        contexts().run(context -> {
            ClusterAdmin cluster = context.getBean(ClusterAdmin.class);
            assertThat(cluster.members().voters()).containsExactly(NodeId.of(1));
            assertThat(cluster.snapshot()).succeedsWithin(Duration.ofSeconds(20));

            context.getSourceApplicationContext().pause();
            assertThatThrownBy(cluster::members).isInstanceOf(RefusedException.class);
            assertThat(cluster.remove(NodeId.of(1)))
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withCauseInstanceOf(RefusedException.class);

            context.getSourceApplicationContext().restart();
            assertThat(cluster.members().voters()).containsExactly(NodeId.of(1));
        });
    }

    @Test
    void evenNumberOfMembersIsWarnedOf(CapturedOutput output) {
        contexts()
                .withPropertyValues(
                        "dengine.node.id=1",
                        "dengine.cluster.members.1=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.2=127.0.0.1:" + FreePort.find(),
                        "dengine.start.timeout=0")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .containsOnlyOnce("2 members are configured; an even number tolerates no more failures than one less");
    }

    @Test
    void pauseAndRestartKeepDataClientAndWatches() {
        contexts().withBean(Listener.class).run(context -> {
            CoordinationTemplate template = context.getBean(CoordinationTemplate.class);
            Listener listener = context.getBean(Listener.class);
            NodeLifecycle node = context.getBean(NodeLifecycle.class);
            DEngine first = node.engine().orElseThrow();
            template.opsForValue().put("/k", "1");
            await().untilAsserted(() -> assertThat(listener.seen).containsExactly("1"));

            context.getSourceApplicationContext().pause();
            assertThat(node.isRunning()).isFalse();
            assertThatThrownBy(() -> template.opsForValue().get("/k", String.class))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.CLOSED));
            assertThatThrownBy(
                            () -> template.async().opsForValue().put("/k", "x").get())
                    .hasCauseInstanceOf(RefusedException.class);
            // the directory is free meanwhile: another context may take it
            contexts()
                    .run(other -> other.getBean(CoordinationTemplate.class)
                            .opsForValue()
                            .put("/k", "2"));

            context.getSourceApplicationContext().restart();
            assertThat(node.engine().orElseThrow()).isNotSameAs(first);
            template.opsForValue().put("/k", "3");
            await().untilAsserted(() -> assertThat(listener.seen).containsExactly("1", "2", "3"));
            assertThat(template.opsForValue().get("/k", String.class).version()).isEqualTo(3);
        });
    }

    @Test
    void memberWithoutQuorumStartsWithAWarning(CapturedOutput output) {
        contexts()
                .withPropertyValues(
                        "dengine.node.id=1",
                        "dengine.cluster.members.1=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.2=127.0.0.1:" + FreePort.find(),
                        "dengine.cluster.members.3=127.0.0.1:" + FreePort.find(),
                        "dengine.start.timeout=100ms")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(NodeLifecycle.class)
                                    .engine()
                                    .orElseThrow()
                                    .status()
                                    .health())
                            .isEqualTo(NodeHealth.NO_LEADER);
                });
        assertThat(output).contains("the application starts without a ready node");
    }

    @Test
    void contextThatFailsLaterReleasesTheDirectory() {
        contexts()
                .withBean("late", FailingLifecycle.class, FailingLifecycle::new)
                .run(context -> assertThat(context).hasFailed());
        contexts().run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void useBeforeTheStartIsRefusedWithTheReason() {
        contexts()
                .withBean(EarlyUser.class)
                .run(context -> assertThat(context)
                        .hasFailed()
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(RefusedException.class)
                        .hasMessageContaining("not from @PostConstruct"));
    }

    static class Listener {
        final List<String> seen = new CopyOnWriteArrayList<>();

        @WatchKey("/k")
        void on(WatchKeyEvent<String> event) {
            seen.add(event.value());
        }
    }

    static class EarlyUser {
        EarlyUser(CoordinationTemplate template) {
            template.opsForValue().put("k", "v");
        }
    }

    static class FailingLifecycle implements org.springframework.context.SmartLifecycle {
        @Override
        public void start() {
            throw new IllegalStateException("late");
        }

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }
}
