package io.dengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process, and what it ends with. */
@Timeout(90)
class ServerProcessTest {

    private static final int SIGTERM_EXIT = 128 + 15;

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void killAll() {
        processes.forEach(Process::destroyForcibly);
    }

    private Process start(Path output, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private static int endOf(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static void await(Path output, String text) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(output).content().contains(text));
    }

    @Test
    void serverRunsUntilItIsToldToEndAndLeavesASoundDirectory() throws Exception {
        Path data = directory.resolve("data");
        Path config =
                Files.writeString(directory.resolve("dengine.yml"), "dengine: { node: { data-dir: '" + data + "' } }");
        Path output = directory.resolve("server.log");
        Process server =
                start(output, Map.of("DENGINE_CLUSTER_NAME", "orders"), "server", "--config", config.toString());
        await(output, "node 1 is ready");
        assertThat(output).content().contains("of the cluster 'orders'");

        Path second = directory.resolve("second.log");
        Process rival =
                start(second, Map.of("DENGINE_CLUSTER_NAME", "orders"), "server", "--config", config.toString());
        assertThat(endOf(rival)).isEqualTo(ExitCode.BROKEN.code());
        assertThat(second).content().contains("is in use by the process " + server.pid());

        server.destroy();
        assertThat(endOf(server)).isEqualTo(SIGTERM_EXIT);
        assertThat(output).content().contains("node 1 closed");
        Path checked = directory.resolve("check.log");
        assertThat(endOf(start(checked, Map.of(), "check", data.toString()))).isZero();
        assertThat(checked).content().startsWith("sound\tidentity\tnode 1 of the cluster 'orders'");
    }

    @Test
    void wrongSettingAndTakenPortEachHaveTheirExitCode() throws Exception {
        Path output = directory.resolve("wrong.log");
        Process wrong = start(output, Map.of("DENGINE_ELECTION_TIMEOUT", "soon"), "server", "--dry-run");
        try (ServerSocket taken = new ServerSocket(0)) {
            Path other = directory.resolve("taken.log");
            Process late = start(
                    other,
                    Map.of(
                            "DENGINE_NODE_DATA_DIR",
                            directory.resolve("late").toString(),
                            "DENGINE_CLUSTER_ADDRESS",
                            "127.0.0.1:" + taken.getLocalPort()),
                    "server");
            assertThat(endOf(late)).isEqualTo(ExitCode.BROKEN.code());
            assertThat(other).content().contains(String.valueOf(taken.getLocalPort()));
        }
        assertThat(endOf(wrong)).isEqualTo(ExitCode.WRONG_USE.code());
        assertThat(output)
                .content()
                .isEqualToIgnoringNewLines(
                        "dengine server: wrong use: election.timeout: 'soon' is not understood"
                                + " (environment variable DENGINE_ELECTION_TIMEOUT). Write a number with a unit: ms, s, m, h or d");
    }
}
