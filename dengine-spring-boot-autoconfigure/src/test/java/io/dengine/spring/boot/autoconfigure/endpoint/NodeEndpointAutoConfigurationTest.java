package io.dengine.spring.boot.autoconfigure.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.node.NodeHealth;
import io.dengine.raft.RoleKind;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class NodeEndpointAutoConfigurationTest {

    @TempDir
    Path directory;

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        NodeAutoConfiguration.class,
                        EndpointAutoConfiguration.class,
                        NodeEndpointAutoConfiguration.class))
                .withPropertyValues("dengine.node.data-dir=" + directory.resolve("node"));
    }

    private ApplicationContextRunner exposed() {
        return contexts().withPropertyValues("management.endpoints.web.exposure.include=dengine");
    }

    @Test
    void exposedItShowsTheNode() {
        exposed().run(context -> {
            NodeEndpoint.NodeDescriptor node =
                    context.getBean(NodeEndpoint.class).node();
            assertThat(node.state()).isEqualTo(NodeHealth.SERVING);
            assertThat(node.role()).isEqualTo(RoleKind.LEADER);
            assertThat(node.members()).singleElement().satisfies(self -> {
                assertThat(self.node()).isEqualTo(1);
                assertThat(self.leader()).isTrue();
            });

            JsonNode json = JsonMapper.shared().valueToTree(node);
            assertThat(json.propertyNames())
                    .contains("node", "cluster", "state", "role", "term", "leader", "membership", "members", "load");
            assertThat(json.get("membership").toString())
                    .isEqualTo("{\"joint\":false,\"voters\":[1],\"outgoing\":[],\"learners\":[]}");
            assertThat(json.get("leader").asInt()).isEqualTo(1);
        });
    }

    @Test
    void ordersAreCarriedOutOrRefusedWithTheirStatus() {
        exposed().run(context -> {
            NodeEndpointWebExtension endpoint = context.getBean(NodeEndpointWebExtension.class);
            assertThat(order(endpoint, ClusterOperation.SNAPSHOT, null).getBody())
                    .isInstanceOfSatisfying(NodeEndpoint.ChangeDescriptor.class, done -> {
                        assertThat(done.operation()).isEqualTo(ClusterOperation.SNAPSHOT);
                        assertThat(done.snapshotIndex()).isPositive();
                    });
            assertRefused(order(endpoint, ClusterOperation.PROMOTE, null), 400, "INVALID", "'node' must be");
            assertRefused(order(endpoint, ClusterOperation.PROMOTE, 7), 400, "INVALID", "not a member");
            assertRefused(order(endpoint, ClusterOperation.ADD_LEARNER, 7), 400, "INVALID", "'address' must say");
            assertRefused(
                    endpoint.change(ClusterOperation.REPLACE, 7, "nowhere", 1, null),
                    400,
                    "INVALID",
                    "'nowhere' is not");
            assertRefused(order(endpoint, ClusterOperation.TRANSFER_LEADERSHIP, 7), 409, "UNSAFE", "no voter");

            context.getSourceApplicationContext().stop();
            assertRefused(order(endpoint, ClusterOperation.SNAPSHOT, null), 503, "CLOSED", "not running");
        });
    }

    private static WebEndpointResponse<?> order(
            NodeEndpointWebExtension endpoint, ClusterOperation operation, Integer node) {
        return endpoint.change(operation, node, null, null, null);
    }

    private static void assertRefused(WebEndpointResponse<?> answer, int status, String reason, String detail) {
        assertThat(answer.getStatus()).isEqualTo(status);
        assertThat(answer.getBody())
                .isInstanceOfSatisfying(NodeEndpointWebExtension.FailureDescriptor.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(reason);
                    assertThat(failure.detail()).contains(detail);
                });
    }

    @Test
    void stoppedNodeHasNothingToShow() {
        exposed().run(context -> {
            context.getSourceApplicationContext().stop();
            assertThat(context.getBean(NodeEndpoint.class).node()).isNull();
        });
    }

    @Test
    void itIsNotThereUnlessExposedAndAllowed() {
        contexts()
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(NodeEndpoint.class)
                        .doesNotHaveBean(NodeEndpointWebExtension.class));
        exposed()
                .withPropertyValues("management.endpoint.dengine.access=NONE")
                .run(context -> assertThat(context).doesNotHaveBean(NodeEndpoint.class));
    }

    @Test
    void itBacksOffWithoutActuatorAndWithoutNode() {
        exposed()
                .withClassLoader(new FilteredClassLoader(ConditionalOnAvailableEndpoint.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(NodeEndpoint.class));
        exposed()
                .withPropertyValues("dengine.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(NodeEndpoint.class));
    }
}
