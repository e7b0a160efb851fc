package io.dengine.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngine;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Does what the README shows: its YAML and its class, in three applications. */
@Timeout(120)
class ReadmeTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    @SpringBootApplication
    static class Application {}

    private static String readme() throws IOException {
        return Files.readString(Path.of("../README.md"), StandardCharsets.UTF_8);
    }

    private static String block(String language) throws IOException {
        return block(language, 1);
    }

    private static String block(String language, int place) throws IOException {
        Matcher matcher =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(readme());
        for (int i = 0; i < place; i++) {
            assertThat(matcher.find())
                    .as("%s %s blocks in the README", place, language)
                    .isTrue();
        }
        return matcher.group(1);
    }

    @Test
    void theReadmesClassIsTheOneTestedHere() throws IOException {
        String source =
                Files.readString(Path.of("src/test/java/io/dengine/readme/OrderLimits.java"), StandardCharsets.UTF_8);
        assertThat(source).endsWith(block("java"));
    }

    @Test
    void theReadmesDependencyIsTheStarter() throws IOException {
        String pom = Files.readString(Path.of("../dengine-spring-boot-starter/pom.xml"), StandardCharsets.UTF_8);
        Matcher artifact = Pattern.compile("<artifactId>(.*?)</artifactId>\\s*<version>(.*?)</version>")
                .matcher(block("xml"));
        assertThat(artifact.find()).isTrue();
        assertThat(pom)
                .contains("<artifactId>" + artifact.group(1) + "</artifactId>")
                .contains("<version>" + artifact.group(2) + "</version>");
    }

    @Test
    void theStartFitsInFortyLines() throws IOException {
        long lines = block("xml").lines().count()
                + block("yaml").lines().count()
                + block("java").lines().count();
        assertThat(lines).isLessThan(40);
    }

    @Test
    void threeApplicationsWithTheReadmesYamlShareTheirLimits() throws Exception {
        String yaml = withFreePorts(block("yaml"), 7401, 7402, 7403);
        List<Path> files = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            files.add(Files.writeString(
                    directory.resolve("application-" + id + ".yml"),
                    yaml.replace("id: 1", "id: " + id)
                            .replace("./data/n1", directory.resolve("n" + id).toString())));
        }
        List<ConfigurableApplicationContext> applications = new ArrayList<>();
        try {
            files.forEach(file -> applications.add(start(file)));
            applications.forEach(application -> engine(application).awaitReady(PATIENCE));
            applications.get(0).getBean(OrderLimits.class).set("north", 40);
            for (ConfigurableApplicationContext application : applications) {
                OrderLimits limits = application.getBean(OrderLimits.class);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(limits.current).containsEntry("/limits/north", 40));
            }
            ConfigurableApplicationContext leader = applications.stream()
                    .filter(application -> engine(application).isLeader())
                    .findFirst()
                    .orElseThrow();
            leader.close();
            List<ConfigurableApplicationContext> others = applications.stream()
                    .filter(ConfigurableApplicationContext::isActive)
                    .toList();
            others.get(0).getBean(OrderLimits.class).set("north", 50);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(others.get(1).getBean(OrderLimits.class).current)
                            .containsEntry("/limits/north", 50));
        } finally {
            applications.forEach(ConfigurableApplicationContext::close);
        }
    }

    @Test
    void anApplicationWithTheReadmesYamlJoinsAnother() throws Exception {
        String[] yamls = withFreePorts(block("yaml", 2) + "---" + block("yaml", 3), 7401, 7402)
                .split("---", 2);
        List<ConfigurableApplicationContext> applications = new ArrayList<>();
        try {
            for (int id = 1; id <= 2; id++) {
                String dataDir = directory.resolve("n" + id).toString();
                applications.add(start(Files.writeString(
                        directory.resolve("application-" + id + ".yml"),
                        yamls[id - 1].replace("./data/n" + id, dataDir))));
            }
            ClusterAdmin cluster = applications.get(0).getBean(ClusterAdmin.class);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(cluster.members().voters()).containsExactly(NodeId.of(1), NodeId.of(2)));
            engine(applications.get(1)).awaitReady(PATIENCE);
            applications.get(1).getBean(OrderLimits.class).set("north", 60);
        } finally {
            applications.forEach(ConfigurableApplicationContext::close);
        }
    }

    private static DEngine engine(ConfigurableApplicationContext application) {
        return application.getBean(NodeLifecycle.class).engine().orElseThrow();
    }

    /** One after another, since Boot's logging cannot be set up twice at once; so none waits for the others here. */
    private static ConfigurableApplicationContext start(Path yaml) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.location=" + yaml.toUri(), "dengine.start.timeout=0s")
                .run();
    }

    private static String withFreePorts(String yaml, int... ports) throws IOException {
        String result = yaml;
        List<ServerSocket> sockets = new ArrayList<>();
        for (int port : ports) {
            ServerSocket socket = new ServerSocket(0);
            sockets.add(socket);
            assertThat(result).contains(":" + port);
            result = result.replace(":" + port, ":" + socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return result;
    }
}
