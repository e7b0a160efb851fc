package io.dengine.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Two applications over HTTP, of which one joins the other's cluster; what README "Changing members" says. */
@Timeout(120)
class GrowingClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String UNRESTRICTED = "--management.endpoint.dengine.access=unrestricted";

    @TempDir
    Path directory;

    private final List<ConfigurableApplicationContext> applications = new ArrayList<>();

    @AfterEach
    void stop() {
        applications.forEach(ConfigurableApplicationContext::close);
    }

    @Test
    void aSecondApplicationJoinsVotesAndLeavesAgain() throws IOException {
        int seed = freePort();
        Http founder = start(1, "--dengine.cluster.address=127.0.0.1:" + seed, UNRESTRICTED);
        assertThat(founder.put("/api/flags/early", flag()).status()).isEqualTo(201);

        Http joiner = start(
                2,
                "--dengine.cluster.address=127.0.0.1:" + freePort(),
                "--dengine.cluster.join=127.0.0.1:" + seed,
                UNRESTRICTED);

        awaitMembership(founder, "{'joint':false,'voters':[1,2],'outgoing':[],'learners':[]}");
        awaitMembership(joiner, "{'joint':false,'voters':[1,2],'outgoing':[],'learners':[]}");
        assertThat(joiner.get("/api/flags/early").status()).isEqualTo(200);
        assertThat(joiner.put("/api/flags/late", flag()).status()).isEqualTo(201);
        assertThat(founder.get("/actuator/dengine").json().path("members").findValuesAsString("address"))
                .contains("127.0.0.1:" + seed);

        assertDone(order(joiner, "transfer-leadership", "{'node': 2}"));
        await().atMost(PATIENCE)
                .until(() ->
                        founder.get("/actuator/dengine").json().path("leader").asInt() == 2);
        assertDone(order(founder, "demote", "{'node': 2}")); // which hands over to node 1 first
        awaitMembership(founder, "{'joint':false,'voters':[1],'outgoing':[],'learners':[2]}");
        assertDone(order(founder, "promote", "{'node': 2}"));
        awaitMembership(founder, "{'joint':false,'voters':[1,2],'outgoing':[],'learners':[]}");
        assertDone(order(founder, "remove", "{'node': 2}"));
        awaitMembership(founder, "{'joint':false,'voters':[1],'outgoing':[],'learners':[]}");
        assertThat(founder.get("/api/flags/late").status()).isEqualTo(200);
    }

    @Test
    void ordersThatCannotBeAreAnsweredWithAReason() throws IOException {
        Http founder = start(1, "--dengine.cluster.address=127.0.0.1:" + freePort(), UNRESTRICTED);
        int nobody = freePort();

        Http.Answer unreachable = order(founder, "add-learner", "{'node': 2, 'address': '127.0.0.1:" + nobody + "'}");
        assertThat(unreachable.status()).isEqualTo(409);
        assertThat(unreachable.json().path("reason").asString()).isEqualTo("UNSAFE");
        assertThat(unreachable.json().path("detail").asString()).contains("127.0.0.1:" + nobody);
        assertThat(order(founder, "promote", "{'node': 9}").status()).isEqualTo(400);
        assertThat(order(founder, "explode", "{}").status()).isEqualTo(400);
        Http.Answer snapshot = order(founder, "snapshot", "{}");
        assertThat(snapshot.status()).isEqualTo(200);
        assertThat(snapshot.json().path("snapshotIndex").asLong()).isPositive();
    }

    @Test
    void unlessItIsAllowedTheClusterCanOnlyBeLookedAt() throws IOException {
        Http founder = start(1, "--dengine.cluster.address=127.0.0.1:" + freePort());

        assertThat(founder.get("/actuator/dengine").status()).isEqualTo(200);
        assertThat(order(founder, "snapshot", "{}").status()).isEqualTo(404);
    }

    /** One after another: Boot's logging cannot be set up twice at once. */
    private Http start(int id, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--server.port=0");
        all.add("--dengine.node.id=" + id);
        all.add("--dengine.node.data-dir=" + directory.resolve("n" + id));
        ConfigurableApplicationContext application =
                new SpringApplicationBuilder(FlagsApplication.class).run(all.toArray(String[]::new));
        applications.add(application);
        return new Http(
                ((WebServerApplicationContext) application).getWebServer().getPort());
    }

    private static Http.Answer order(Http node, String operation, String json) {
        return node.post("/actuator/dengine/" + operation, json.replace('\'', '"'));
    }

    private static void assertDone(Http.Answer answer) {
        assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    }

    private static void awaitMembership(Http node, String membership) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(node.get("/actuator/dengine")
                                .json()
                                .path("membership")
                                .toString())
                        .isEqualTo(membership.replace('\'', '"')));
    }

    private static String flag() {
        return "{\"enabled\":true,\"description\":\"\",\"revision\":0}";
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
