package io.dengine.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.DEngineConfig;
import io.dengine.raft.membership.NodeId;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The examples under {@code deploy}, as far as a machine without systemd and Kubernetes can tell. */
class DeployTest {

    private static final Path DEPLOY = Path.of("../deploy");
    private static final Path UNIT = DEPLOY.resolve("systemd/dengine.service");

    @Test
    void settingsOfTheUnitAreThoseOfOneOfThree() throws IOException {
        DEngineConfig config = SettingsReader.read(DEPLOY.resolve("systemd/dengine.yml"), Map.of())
                .config();
        assertThat(config.members()).hasSize(3).containsKey(config.nodeId());
        assertThat(config.apiAddress()).hasToString("10.0.0.1:7500");
        String unit = Files.readString(UNIT, StandardCharsets.UTF_8);
        assertThat(unit)
                .contains("dengine-server.jar server --config ")
                .contains("StateDirectory=" + config.dataDir().getFileName() + "\n")
                .contains("SuccessExitStatus=143\n");
    }

    static boolean hasSystemd() {
        return Files.isExecutable(Path.of("/usr/bin/systemd-analyze"));
    }

    @Test
    @Timeout(30)
    @EnabledIf("hasSystemd")
    void systemdAcceptsTheUnit() throws Exception {
        Process verify = new ProcessBuilder("/usr/bin/systemd-analyze", "verify", UNIT.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(verify.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(output.lines().filter(line -> line.contains("dengine.service") && !line.contains("not executable")))
                .isEmpty();
    }

    @Test
    void podsAreThreeNodesThatFindEachOther() throws IOException {
        Map<String, Map<String, Object>> byKind = new HashMap<>();
        try (Reader reader = Files.newBufferedReader(DEPLOY.resolve("kubernetes/dengine.yml"))) {
            for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(reader)) {
                Map<String, Object> object = map(document);
                byKind.put(
                        object.get("kind") + " " + map(object.get("metadata")).get("name"), object);
            }
        }
        assertThat(byKind)
                .containsOnlyKeys(
                        "Service dengine-peers",
                        "Service dengine",
                        "PodDisruptionBudget dengine",
                        "StatefulSet dengine");
        Map<String, Object> set = map(byKind.get("StatefulSet dengine").get("spec"));
        int replicas = (Integer) set.get("replicas");
        Map<String, Object> pod = map(map(set.get("template")).get("spec"));
        Map<String, Object> container = map(list(pod.get("containers")).get(0));
        Map<String, String> environment = new HashMap<>();
        list(container.get("env"))
                .forEach(variable -> environment.put(
                        String.valueOf(map(variable).get("name")),
                        String.valueOf(map(variable).get("value"))));

        String service = String.valueOf(
                map(byKind.get("Service dengine-peers").get("metadata")).get("name"));
        int port = (Integer) map(list(container.get("ports")).get(0)).get("containerPort");
        int api = (Integer) map(list(container.get("ports")).get(1)).get("containerPort");
        Map<String, Object> clients = map(byKind.get("Service dengine").get("spec"));
        assertThat(map(list(clients.get("ports")).get(0))).containsEntry("port", api);
        List<String> addresses = new ArrayList<>();
        for (int ordinal = 0; ordinal < replicas; ordinal++) {
            environment.put("DENGINE_NODE_ID", String.valueOf(ordinal + 1));
            environment.put("DENGINE_API_ADDRESS", "dengine-" + ordinal + "." + service + ":" + api);
            ServerSettings settings = SettingsReader.read(null, environment);
            assertThat(settings.warnings()).isEmpty();
            assertThat(settings.config().members()).hasSize(replicas);
            assertThat(settings.config().members().get(NodeId.of(ordinal + 1)))
                    .hasToString("dengine-" + ordinal + "." + service + ":" + port);
            assertThat(settings.config().peering().bind()).hasToString("0.0.0.0:" + port);
            assertThat(settings.config().api().bind()).hasToString("0.0.0.0:" + api);
            addresses.add(String.valueOf(settings.config().address()));
        }
        assertThat(addresses).doesNotHaveDuplicates();
        assertThat(set.get("serviceName")).isEqualTo(service);
        assertThat(String.valueOf(list(container.get("args")).get(0)))
                .startsWith("DENGINE_NODE_ID=$((${HOSTNAME##*-} + 1)) DENGINE_API_ADDRESS=$HOSTNAME." + service + ":"
                        + api + " exec java ")
                .endsWith("dengine-server.jar server");
        assertThat(map(list(container.get("volumeMounts")).get(0)).get("mountPath"))
                .isEqualTo(environment.get("DENGINE_NODE_DATA_DIR"));
        assertThat(container).containsKeys("startupProbe", "livenessProbe");
        assertThat(map(map(container.get("readinessProbe")).get("grpc"))).containsEntry("port", api);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object value) {
        return (List<Object>) value;
    }
}
