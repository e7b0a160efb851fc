package io.dengine.spring.boot.autoconfigure.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.config.DEngineConfig;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.Security;
import io.dengine.config.Security.PeerTls;
import io.dengine.spring.FreePort;
import io.dengine.spring.boot.autoconfigure.client.ClientAutoConfiguration;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

@Timeout(60)
class SslBundleTest {

    private static X509Bundle ca;

    @TempDir
    Path directory;

    @BeforeAll
    static void makeAuthority() throws Exception {
        ca = new CertificateBuilder()
                .ecp256()
                .subject("CN=ca")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private static X509Bundle issue(String name) throws Exception {
        return new CertificateBuilder()
                .ecp256()
                .subject("CN=" + name)
                .addSanIpAddress("127.0.0.1")
                .buildIssuedBy(ca);
    }

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, NodeAutoConfiguration.class))
                .withPropertyValues("dengine.node.data-dir=" + directory.resolve("node"));
    }

    private static String[] bundle(String name, X509Bundle own) {
        String prefix = "spring.ssl.bundle.pem." + name;
        return new String[] {
            prefix + ".keystore.certificate=" + own.getCertificatePathPEM(),
            prefix + ".keystore.private-key=" + own.getPrivateKeyPEM(),
            prefix + ".truststore.certificate=" + ca.getCertificatePEM()
        };
    }

    private static String nameOf(PeerTls tls) {
        X509Certificate own = Objects.requireNonNull(tls.source().current().certificate());
        return own.getSubjectX500Principal().getName();
    }

    private static Security security(ApplicationContext context) {
        return context.getBean(DEngineConfig.class).security();
    }

    @Test
    void oneBundleServesAllPortsAndEachPortMayHaveItsOwn() throws Exception {
        ApplicationContextRunner both = contexts()
                .withPropertyValues(bundle("node", issue("node")))
                .withPropertyValues("dengine.ssl.bundle=node");
        both.run(context -> {
            assertThat(nameOf(Objects.requireNonNull(security(context).peers())))
                    .isEqualTo("CN=node");
            assertThat(security(context).peers().verifyHosts()).isTrue();
            assertThat(security(context).api().requireClientCertificate()).isTrue();
        });
        both.withPropertyValues(bundle("peers", issue("peers")))
                .withPropertyValues(
                        "dengine.cluster.ssl.bundle=peers",
                        "dengine.cluster.ssl.verify-hosts=false",
                        "dengine.api.ssl.bundle=",
                        "dengine.api.ssl.require-client-certificate=false")
                .run(context -> {
                    assertThat(nameOf(Objects.requireNonNull(security(context).peers())))
                            .isEqualTo("CN=peers");
                    assertThat(security(context).peers().verifyHosts()).isFalse();
                    assertThat(security(context).api()).isNull();
                });
        contexts().run(context -> assertThat(security(context)).isEqualTo(Security.NONE));
    }

    @Test
    void aReloadedBundleIsUsedAndABrokenOneIsNot() throws Exception {
        Path chain = directory.resolve("cert.pem");
        Path key = directory.resolve("key.pem");
        Path trusted = Files.writeString(directory.resolve("ca.pem"), ca.getCertificatePEM());
        X509Bundle old = issue("old");
        Files.writeString(chain, old.getCertificatePathPEM());
        Files.writeString(key, old.getPrivateKeyPEM());
        contexts()
                .withPropertyValues(
                        "spring.ssl.bundle.watch.file.quiet-period=50ms",
                        "spring.ssl.bundle.pem.node.reload-on-update=true",
                        "spring.ssl.bundle.pem.node.keystore.certificate=file:" + chain,
                        "spring.ssl.bundle.pem.node.keystore.private-key=file:" + key,
                        "spring.ssl.bundle.pem.node.truststore.certificate=file:" + trusted,
                        "dengine.ssl.bundle=node",
                        "dengine.cluster.address=127.0.0.1:" + FreePort.find())
                .run(context -> {
                    PeerTls tls = Objects.requireNonNull(security(context).peers());
                    assertThat(nameOf(tls)).isEqualTo("CN=old");
                    X509Bundle next = issue("new");
                    Files.writeString(key, next.getPrivateKeyPEM());
                    Files.writeString(chain, next.getCertificatePathPEM());
                    await().atMost(Duration.ofSeconds(20))
                            .untilAsserted(() -> assertThat(nameOf(tls)).isEqualTo("CN=new"));
                    Files.writeString(chain, "broken");
                    await().during(Duration.ofMillis(500))
                            .atMost(Duration.ofSeconds(5))
                            .untilAsserted(() -> assertThat(nameOf(tls)).isEqualTo("CN=new"));
                });
    }

    @Test
    void aClientAndANodeWithBundlesOfOneAuthorityTalk() throws Exception {
        String api = "127.0.0.1:" + FreePort.find();
        ApplicationContextRunner clients = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, ClientAutoConfiguration.class))
                .withPropertyValues(bundle("own", issue("client")))
                .withPropertyValues(
                        "dengine.mode=client",
                        "dengine.client.endpoints=" + api,
                        "dengine.client.retry.max-per-second=0");
        contexts()
                .withPropertyValues(bundle("node", issue("node")))
                .withPropertyValues("dengine.ssl.bundle=node", "dengine.api.address=" + api)
                .run(node -> {
                    clients.withPropertyValues("dengine.client.ssl.bundle=own").run(client -> {
                        ByteSequence key = ByteSequence.of("k");
                        client.getBean(CoordinationClient.class).blocking().put(key, key);
                        assertThat(node.getBean(CoordinationClient.class)
                                        .blocking()
                                        .get(key, ReadConsistency.LINEARIZABLE)
                                        .entry())
                                .isNotNull();
                    });
                    clients.run(client -> assertThatThrownBy(() -> client.getBean(CoordinationClient.class)
                                    .blocking()
                                    .put(ByteSequence.of("k"), ByteSequence.EMPTY))
                            .isInstanceOf(RefusedException.class));
                });
        clients.withPropertyValues("dengine.client.ssl.bundle=none")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("client.ssl.bundle: there is no SSL bundle 'none'"));
    }

    /** It would trust whoever has a certificate of the web's authorities. */
    @Test
    void aBundleWithoutATrustStoreIsRefusedForPeers() throws Exception {
        String[] all = bundle("node", issue("node"));
        contexts()
                .withPropertyValues(all[0], all[1], "dengine.cluster.ssl.bundle=node")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidConfigException.class)
                        .hasMessageContaining("cluster.ssl: it trusts no certificate authority"));
    }
}
