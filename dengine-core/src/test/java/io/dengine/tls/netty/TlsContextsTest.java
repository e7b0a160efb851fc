package io.dengine.tls.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.tls.PemFiles;
import io.dengine.tls.TestCa;
import io.dengine.tls.TestCa.PemPaths;
import io.dengine.tls.TlsMaterial;
import io.dengine.tls.TlsSource;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsContextsTest {

    private static final TestCa CA = new TestCa("ca");
    private static final TestCa OTHER = new TestCa("other");

    @TempDir
    Path directory;

    private TlsMaterial material(String name, TestCa own, TestCa... trusted) {
        return TestCa.write(directory.resolve(name), own.issue(name), trusted)
                .open()
                .current();
    }

    private static SSLEngine server(SslContext context) {
        return context.newEngine(UnpooledByteBufAllocator.DEFAULT);
    }

    private static SSLEngine client(SslContext context) {
        return context.newEngine(UnpooledByteBufAllocator.DEFAULT, "127.0.0.1", 7401);
    }

    /** Shakes hands in memory. */
    private static void shakeHands(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(1 << 17);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 17);
        client.beginHandshake();
        server.beginHandshake();
        for (int step = 0; step < 100; step++) {
            send(client, toServer);
            receive(server, toServer);
            send(server, toClient);
            receive(client, toClient);
        }
        assertThat(client.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
        assertThat(server.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
    }

    private static void send(SSLEngine engine, ByteBuffer out) throws SSLException {
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            engine.wrap(ByteBuffer.allocate(0), out);
        }
    }

    private static void receive(SSLEngine engine, ByteBuffer in) throws SSLException {
        in.flip();
        boolean progress = true;
        while (progress && in.hasRemaining()) {
            progress = engine.unwrap(in, ByteBuffer.allocate(1 << 16)).bytesConsumed() > 0;
            runTasks(engine);
        }
        runTasks(engine);
        in.compact();
    }

    private static void runTasks(SSLEngine engine) {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ecp256", "rsa2048", "ed25519"})
    void bothEndsAgreeOnTls13AndHttp2(Algorithm algorithm) throws Exception {
        TlsSource source =
                TestCa.write(directory, CA.issue("both", algorithm), CA).open();
        SSLEngine client = client(TlsContexts.client(source, "h2"));
        SSLEngine server = server(TlsContexts.server(source, ClientAuth.REQUIRE, "h2"));
        shakeHands(client, server);
        assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(client.getApplicationProtocol()).isEqualTo("h2");
        assertThat(server.getApplicationProtocol()).isEqualTo("h2");
        assertThat(server.getSession().getPeerPrincipal().getName()).isEqualTo("CN=both");
    }

    /** What gRPC asks of a context that is given to it. */
    @Test
    void aContextIsWhatGrpcTakes() {
        TlsSource source = () -> material("node", CA, CA);
        TlsMaterial fixed = source.current();
        SslContext server = TlsContexts.server(() -> fixed, ClientAuth.NONE, "h2");
        SslContext client = TlsContexts.client(() -> fixed, "h2");
        assertThat(server.isServer()).isTrue();
        assertThat(client.isClient()).isTrue();
        assertThat(server.applicationProtocolNegotiator().protocols()).containsExactly("h2");
        assertThat(client.applicationProtocolNegotiator().protocols()).containsExactly("h2");
    }

    @Test
    void theNextConnectionUsesNewMaterialAndResumesNothing() throws Exception {
        AtomicReference<TlsMaterial> servers = new AtomicReference<>(material("old", CA, CA));
        TlsMaterial clients = material("client", CA, CA);
        SslContext server = TlsContexts.server(servers::get, ClientAuth.REQUIRE);
        SslContext client = TlsContexts.client(() -> clients);
        SSLEngine first = client(client);
        shakeHands(first, server(server));
        assertThat(first.getSession().getPeerPrincipal().getName()).isEqualTo("CN=old");

        servers.set(material("new", CA, CA));
        SSLEngine second = client(client);
        shakeHands(second, server(server));
        assertThat(second.getSession().getPeerPrincipal().getName()).isEqualTo("CN=new");

        servers.set(material("strict", CA, OTHER));
        assertThatThrownBy(() -> shakeHands(client(client), server(server)))
                .isInstanceOf(SSLException.class)
                .hasRootCauseMessage("unable to find valid certification path to requested target");
    }

    @Test
    void newMaterialThatCannotBeUsedKeepsTheOld() throws Exception {
        TlsMaterial good = material("good", CA, CA);
        AtomicReference<TlsMaterial> current = new AtomicReference<>(good);
        SslContext server = TlsContexts.server(current::get, ClientAuth.REQUIRE);
        current.set(TlsMaterial.of(new KeyManager[0], new TrustManager[0]));
        SSLEngine client = client(TlsContexts.client(() -> good));
        shakeHands(client, server(server));
        assertThat(client.getSession().getPeerPrincipal().getName()).isEqualTo("CN=good");
    }

    @Test
    void whatATlsEndCannotDoWithoutIsAskedForAtOnce() {
        PemPaths paths = TestCa.write(directory, CA.issue("node"), CA);
        TlsSource noTrust = PemFiles.open(paths.chain(), paths.key(), null);
        TlsSource noKey = PemFiles.trusting(paths.trusted());
        assertThatThrownBy(() -> TlsContexts.server(noKey, ClientAuth.NONE)).hasMessageContaining("certificate");
        assertThatThrownBy(() -> TlsContexts.server(noTrust, ClientAuth.REQUIRE))
                .hasMessageContaining("authorities");
        assertThatThrownBy(() -> TlsContexts.client(noTrust)).hasMessageContaining("authorities");
        assertThat(TlsContexts.server(noTrust, ClientAuth.NONE).isServer()).isTrue();
        assertThat(TlsContexts.client(noKey).isClient()).isTrue();
    }
}
