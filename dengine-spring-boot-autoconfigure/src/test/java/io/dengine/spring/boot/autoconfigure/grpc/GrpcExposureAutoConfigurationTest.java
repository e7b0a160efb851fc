package io.dengine.spring.boot.autoconfigure.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngineClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;
import io.dengine.api.Watch;
import io.dengine.api.WatchRequest;
import io.dengine.config.InvalidConfigException;
import io.dengine.spring.FreePort;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.grpc.BindableService;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerServicesAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

@Timeout(60)
class GrpcExposureAutoConfigurationTest {

    @TempDir
    Path directory;

    private final int port = FreePort.find();

    private ApplicationContextRunner nodes() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SslAutoConfiguration.class, NodeAutoConfiguration.class, GrpcExposureAutoConfiguration.class))
                .withPropertyValues(
                        "dengine.node.data-dir=" + directory.resolve("node"), "dengine.api.address=127.0.0.1:" + port);
    }

    private ApplicationContextRunner withServer() {
        return nodes().withConfiguration(AutoConfigurations.of(
                        GrpcServerAutoConfiguration.class, GrpcServerServicesAutoConfiguration.class))
                .withPropertyValues("spring.grpc.server.address=127.0.0.1", "spring.grpc.server.port=" + port);
    }

    @Test
    void clientsAreServedByTheApplicationsServer() {
        withServer().withPropertyValues("dengine.api.expose=spring-grpc").run(context -> {
            assertThat(context.getBean(GrpcServerLifecycle.class).getPort()).isEqualTo(port);
            assertThat(context.getBeansOfType(BindableService.class)).hasSizeGreaterThanOrEqualTo(5);
            BlockingQueue<Long> seen = new LinkedBlockingQueue<>();
            ByteSequence key = ByteSequence.of("k");
            try (DEngineClient client = DEngineClient.connect("127.0.0.1:" + port);
                    Watch watch =
                            client.client().watch(WatchRequest.key(key), (revision, events) -> seen.add(revision))) {
                long revision = client.client().blocking().put(key, key).revision();
                assertThat(context.getBean(CoordinationClient.class)
                                .blocking()
                                .get(key, ReadConsistency.LINEARIZABLE)
                                .entry())
                        .isNotNull();
                assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(revision);
                assertThat(watch.startRevision()).isLessThanOrEqualTo(revision);
                await().untilAsserted(() -> assertThat(
                                client.cluster().members().details().values())
                        .singleElement()
                        .satisfies(self -> assertThat(self.apiAddress()).isEqualTo("127.0.0.1:" + port)));

                // With streams open: they are ended, and not waited for.
                long began = System.nanoTime();
                context.close();
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
            }
        });
    }

    @Test
    void withoutBeingAskedNothingIsExposed() {
        withServer().run(context -> {
            assertThat(context.getBeansOfType(BindableService.class).keySet())
                    .noneMatch(name -> name.startsWith("dengine"));
            assertThat(context.getBean(NodeLifecycle.class).config().api().ownPort())
                    .isTrue();
        });
    }

    @Test
    void withoutAServerTheFailureSaysWhatToAdd() {
        nodes().withClassLoader(new FilteredClassLoader("org.springframework.boot.grpc.server"))
                .withPropertyValues("dengine.api.expose=spring-grpc")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(InvalidConfigException.class, invalid -> {
                            assertThat(invalid.setting()).isEqualTo("api.expose");
                            assertThat(invalid.action()).contains("spring-boot-starter-grpc-server");
                        }));
    }

    @Test
    void exposedWithoutAnAddressIsRefused() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(NodeAutoConfiguration.class, GrpcExposureAutoConfiguration.class))
                .withPropertyValues(
                        "dengine.node.data-dir=" + directory.resolve("node"), "dengine.api.expose=spring-grpc")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageStartingWith("api.address: it is not set"));
    }

    @Test
    void theNodeOpensNoPortOfItsOwnThen() {
        nodes().withPropertyValues("dengine.api.expose=spring-grpc").run(context -> {
            assertThat(context.getBean(NodeLifecycle.class).config().api().ownPort())
                    .isFalse();
            assertThat(catchThrowable(() -> new Socket(InetAddress.getLoopbackAddress(), port).close()))
                    .isInstanceOf(ConnectException.class);
        });
    }
}
