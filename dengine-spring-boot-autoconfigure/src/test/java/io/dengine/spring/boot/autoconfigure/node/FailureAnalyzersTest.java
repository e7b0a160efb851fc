package io.dengine.spring.boot.autoconfigure.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.spring.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** What the user of an application that does not start reads. Each text comes from a start that really failed. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalyzersTest {

    @TempDir
    Path directory;

    @Test
    void lockedDirectory(CapturedOutput output) {
        try (ConfigurableApplicationContext first = start()) {
            assertThat(first.isRunning()).isTrue();
            assertThat(fails(output))
                    .contains(directory.toString())
                    .contains("Stop the other process that runs on this directory")
                    .contains("'dengine.node.data-dir'");
        }
    }

    @Test
    void otherClustersDirectory(CapturedOutput output) {
        start("--dengine.cluster.name=orders").close();

        assertThat(fails(output, "--dengine.cluster.name=billing"))
                .contains("'orders'")
                .contains("'billing'")
                .contains("'dengine.cluster.name'");
    }

    @Test
    void otherNodesDirectory(CapturedOutput output) {
        start("--dengine.node.id=1").close();

        assertThat(fails(output, "--dengine.node.id=2"))
                .contains("belongs to node 1")
                .contains("'dengine.node.id'");
    }

    @Test
    void joinWithoutOnesOwnAddress(CapturedOutput output) {
        assertThat(fails(output, "--dengine.node.id=4", "--dengine.cluster.join=localhost:7401"))
                .contains("The property 'dengine.cluster.join' is not valid: cluster.address is not set.")
                .contains("A node that joins needs its own cluster.address");
    }

    @Test
    void badAddressToJoin(CapturedOutput output) {
        assertThat(fails(
                        output,
                        "--dengine.node.id=4",
                        "--dengine.cluster.address=localhost:7404",
                        "--dengine.cluster.join=localhost"))
                .contains("The property 'dengine.cluster.join' is not valid: 'localhost' is not a host:port address.")
                .contains("Write host:port with a port from 1 to 65535.");
    }

    @Test
    void portInUse(CapturedOutput output) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(fails(output, members(1, taken.getLocalPort())))
                    .contains("127.0.0.1:" + taken.getLocalPort() + ": the port is in use")
                    .contains("'dengine.cluster.members'");
        }
    }

    @Test
    void unknownMember(CapturedOutput output) {
        assertThat(fails(output, members(4, FreePort.find())))
                .contains("The property 'dengine.node.id' is not valid: 4 is not one of the members [1, 2, 3]")
                .contains("Set it to the id under which this node is listed");
    }

    @Test
    void badAddress(CapturedOutput output) {
        assertThat(fails(output, "--dengine.node.id=1", "--dengine.cluster.members.1=localhost"))
                .contains(
                        "The property 'dengine.cluster.members' is not valid: 'localhost' is not a host:port address.")
                .contains("Write each member as id: \"host:port\"");
    }

    @Test
    void numberOutOfRange(CapturedOutput output) {
        assertThat(fails(output, "--dengine.limits.max-key-bytes=1MB"))
                .contains("The property 'dengine.limits.max-key-bytes' is not valid: 1048576 is out of range.")
                .contains("Set a value from 1 to 32768.");
    }

    @Test
    void unknownSslBundle(CapturedOutput output) {
        assertThat(fails(output, "--dengine.cluster.ssl.bundle=peers"))
                .contains("The property 'dengine.cluster.ssl.bundle' is not valid: there is no SSL bundle 'peers'")
                .contains("Define it under 'spring.ssl.bundle', or name another.");
    }

    @Test
    void directoryThatCannotBe(CapturedOutput output) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "in the way");

        assertThat(fails(output, "--dengine.node.data-dir=" + file.resolve("node")))
                .contains("'dengine.node.data-dir' can be written to");
    }

    private String fails(CapturedOutput output, String... arguments) {
        assertThatThrownBy(() -> start(arguments).close()).isNotNull();
        String printed = output.getAll();
        assertThat(printed).containsOnlyOnce("APPLICATION FAILED TO START");
        return printed.substring(printed.indexOf("APPLICATION FAILED TO START"));
    }

    private ConfigurableApplicationContext start(String... arguments) {
        SpringApplication application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("dengine.node.data-dir=" + directory.resolve("node"))
                .build();
        return application.run(arguments);
    }

    private static String[] members(int id, int ownPort) {
        return new String[] {
            "--dengine.node.id=" + id,
            "--dengine.cluster.members.1=127.0.0.1:" + ownPort,
            "--dengine.cluster.members.2=127.0.0.1:" + FreePort.find(),
            "--dengine.cluster.members.3=127.0.0.1:" + FreePort.find()
        };
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({SslAutoConfiguration.class, NodeAutoConfiguration.class})
    static class Application {}
}
