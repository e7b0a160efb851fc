package io.dengine.spring.boot.autoconfigure.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngine;
import io.dengine.DEngineClient;
import io.dengine.api.CoordinationClient;
import io.dengine.client.grpc.ClientSettings;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.FreePort;
import io.dengine.spring.InMemoryClient;
import io.dengine.spring.boot.autoconfigure.health.ClientHealthContributorAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.health.NodeHealthContributorAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.dengine.spring.boot.autoconfigure.template.TemplateAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.watch.WatchAutoConfiguration;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.watch.WatchKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class ClientAutoConfigurationTest {

    private static DEngine engine;
    private static String endpoint;

    @BeforeAll
    static void startNode() {
        PeerAddress address = new PeerAddress("127.0.0.1", FreePort.find());
        endpoint = address.toString();
        engine = DEngine.start(DEngineConfig.embedded(Path.of("unused"))
                .withStateStore(StateStore.MEMORY)
                .withDurability(Durability.MEMORY)
                .with(ApiSettings.at(address)));
        engine.awaitReady(Duration.ofSeconds(20));
    }

    @AfterAll
    static void closeNode() {
        engine.close();
    }

    private static ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ClientAutoConfiguration.class,
                        NodeAutoConfiguration.class,
                        TemplateAutoConfiguration.class,
                        WatchAutoConfiguration.class,
                        ClientHealthContributorAutoConfiguration.class,
                        NodeHealthContributorAutoConfiguration.class));
    }

    private static ApplicationContextRunner clients() {
        return contexts().withPropertyValues("dengine.mode=client", "dengine.client.endpoints=" + endpoint);
    }

    static final class Listener {

        final List<String> heard = new CopyOnWriteArrayList<>();

        @WatchKey(value = "/limits/", initial = true)
        void changed(String value) {
            heard.add(value);
        }
    }

    @Test
    void templateAndWatchesWorkOnAClusterElsewhere() {
        clients().withBean(Listener.class).run(context -> {
            assertThat(context).doesNotHaveBean(NodeLifecycle.class).hasSingleBean(ClusterAdmin.class);
            context.getBean(CoordinationTemplate.class).opsForValue().put("/limits/eu", "100");
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() ->
                            assertThat(context.getBean(Listener.class).heard).containsExactly("100"));
            assertThat(context.getBean(ClusterAdmin.class).members().voters()).containsExactly(NodeId.of(1));
            assertThat(context.getBean(CoordinationTemplate.class)
                            .opsForValue()
                            .get("/limits/eu", String.class)
                            .value())
                    .isEqualTo("100");
        });
    }

    @Test
    void healthIsUpWhileANodeKnowsALeader() {
        clients().run(context -> {
            Health health = health(context.getBean(HealthIndicator.class));
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsEntry("state", "SERVING").containsEntry("leader", 1);
        });
    }

    @Test
    void healthIsDownAndTheApplicationUpWhileNoNodeAnswers() {
        contexts()
                .withPropertyValues("dengine.mode=client", "dengine.client.endpoints=127.0.0.1:1")
                .run(context -> {
                    Health health = health(context.getBean(HealthIndicator.class));
                    assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                    assertThat(health.getDetails()).containsEntry("state", "UNREACHABLE");
                });
    }

    private static Health health(HealthIndicator indicator) {
        Health health = indicator.health();
        assertThat(health).isNotNull();
        return health;
    }

    @Test
    void propertiesAndCustomizersMakeTheSettings() {
        clients()
                .withPropertyValues(
                        "dengine.client.request-timeout=3s",
                        "dengine.client.calls=unary",
                        "dengine.client.retry.first-backoff=5ms",
                        "dengine.client.retry.max-backoff=2s",
                        "dengine.client.retry.max-per-second=7",
                        "dengine.client.watch.max-watches=8",
                        "dengine.client.watch.buffered-events=9")
                .withBean(
                        ClientSettingsCustomizer.class,
                        () -> settings -> settings.withWatches(
                                new ClientSettings.Watches(settings.watches().maxWatches() + 1, 10)))
                .run(context -> {
                    ClientSettings settings =
                            context.getBean(DEngineClient.class).settings();
                    assertThat(settings)
                            .isEqualTo(ClientSettings.of(endpoint)
                                    .withRequestTimeout(Duration.ofSeconds(3))
                                    .withCalls(ClientSettings.Calls.UNARY)
                                    .withRetry(new ClientSettings.Retry(Duration.ofMillis(5), Duration.ofSeconds(2), 7))
                                    .withWatches(new ClientSettings.Watches(9, 10)));
                });
    }

    @Test
    void withoutPropertiesTheClientsDefaultsHold() {
        clients()
                .run(context -> assertThat(context.getBean(DEngineClient.class).settings())
                        .isEqualTo(ClientSettings.of(endpoint)));
    }

    @Test
    void connectionDetailsTakeThePlaceOfTheEndpoints() {
        contexts()
                .withPropertyValues("dengine.mode=client")
                .withBean(DengineConnectionDetails.class, () -> () -> List.of(endpoint))
                .run(context -> context.getBean(CoordinationTemplate.class)
                        .opsForValue()
                        .put("details", "v"));
    }

    @Test
    void withoutEndpointsTheFailureNamesTheProperty() {
        contexts()
                .withPropertyValues("dengine.mode=client")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                InvalidConfigException.class,
                                invalid -> assertThat(invalid.setting()).isEqualTo("client.endpoints")));
    }

    @Test
    void ownClientTakesThePlaceOfThisOne() {
        clients()
                .withBean(CoordinationClient.class, InMemoryClient::new)
                .run(context -> assertThat(context).doesNotHaveBean(DEngineClient.class));
    }

    @Test
    void disabledMakesNothing() {
        clients()
                .withPropertyValues("dengine.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(DEngineClient.class)
                        .doesNotHaveBean(CoordinationClient.class));
    }
}
