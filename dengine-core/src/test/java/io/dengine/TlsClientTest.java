package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.api.Watch;
import io.dengine.api.WatchRequest;
import io.dengine.client.grpc.ClientSettings;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.config.Security;
import io.dengine.config.Security.ApiTls;
import io.dengine.config.StateStore;
import io.dengine.tls.PemFiles;
import io.dengine.tls.TestCa;
import io.dengine.tls.TestCa.PemPaths;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The API port with TLS, and clients that are let in or are not. */
@Timeout(60)
class TlsClientTest {

    private static final TestCa CA = new TestCa("cluster-ca");
    private static final TestCa OTHER = new TestCa("other-ca");
    private static final ByteSequence KEY = ByteSequence.of("k");

    @TempDir
    Path directory;

    private final PeerAddress api = FreePorts.address();
    private @Nullable DEngine node;

    @AfterEach
    void closeNode() {
        if (node != null) {
            node.close();
        }
    }

    private PemFiles files(String name, TestCa issuer, TestCa... trusted) {
        return write(name, issuer, trusted).open();
    }

    private PemPaths write(String name, TestCa issuer, TestCa... trusted) {
        return TestCa.write(directory.resolve(name), issuer.issue(name), trusted);
    }

    private void serve(Security security) {
        serve(security, api);
    }

    private void serve(Security security, PeerAddress bind) {
        node = DEngine.start(DEngineConfig.embedded(directory.resolve("node"))
                .withStateStore(StateStore.MEMORY)
                .withDurability(Durability.MEMORY)
                .with(ApiSettings.at(api).withBind(bind))
                .with(security));
        node.awaitReady(Duration.ofSeconds(20));
    }

    private void serveWithTls() {
        serve(new Security(null, new ApiTls(files("node", CA, CA))));
    }

    /** Tries each request once: a refusal is seen at once, and a certificate that is accepted at the first try. */
    private DEngineClient connect(UnaryOperator<ClientSettings> tls) {
        ClientSettings.Retry never = new ClientSettings.Retry(Duration.ofMillis(10), Duration.ofMillis(50), 0);
        return DEngineClient.connect(tls.apply(ClientSettings.of(List.of(api))
                .withRequestTimeout(Duration.ofSeconds(15))
                .withRetry(never)));
    }

    private static void assertServes(DEngineClient client, String value) {
        BlockingCoordinationClient store = client.client().blocking();
        store.put(KEY, ByteSequence.of(value));
        assertThat(store.get(KEY, ReadConsistency.LINEARIZABLE).entry().value()).isEqualTo(ByteSequence.of(value));
    }

    @Test
    void aClientWithACertificateReadsWritesAndWatches() throws Exception {
        serveWithTls();
        BlockingQueue<Long> seen = new LinkedBlockingQueue<>();
        try (DEngineClient client = connect(settings -> settings.withTlsFrom(files("client", CA, CA)));
                Watch watch = client.client().watch(WatchRequest.key(KEY), (revision, events) -> seen.add(revision))) {
            assertServes(client, "a");
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(watch.startRevision());
            await().untilAsserted(() -> assertThat(
                            client.cluster().members().details().values())
                    .singleElement()
                    .satisfies(self -> assertThat(self.apiAddress()).isEqualTo(api.toString())));
        }
    }

    @Test
    void clientsNeedNoCertificateWhereNoneIsRequired() {
        serve(new Security(null, new ApiTls(files("node", CA, CA), false)));
        PemPaths paths = write("client", CA, CA);
        try (DEngineClient client = connect(settings -> settings.withTlsFrom(PemFiles.trusting(paths.trusted())))) {
            assertServes(client, "a");
        }
    }

    /** A write, so that it would show if it were thought to have left. */
    private static void assertRefused(DEngineClient client, String... why) {
        CoordinationException refused = catchThrowableOfType(
                CoordinationException.class, () -> client.client().blocking().put(KEY, KEY));
        assertThat(refused).isInstanceOfSatisfying(RefusedException.class, failure -> {
            assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(failure).hasMessageContainingAll(why);
        });
    }

    private void assertRefused(UnaryOperator<ClientSettings> tls, String[] clientSays, @Nullable String nodeSays) {
        try (Lines log = new Lines();
                DEngineClient client = connect(tls)) {
            assertRefused(client, clientSays);
            if (nodeSays != null) {
                await().untilAsserted(() -> assertThat(log.of("ApiPortTls"))
                        .singleElement()
                        .asString()
                        .contains("refused a client from 127.0.0.1", nodeSays));
            }
            boolean plaintext = client.settings().tls() == null;
            assertThat(log.of("Connection")).hasSize(plaintext ? 0 : 1);
        }
    }

    @Test
    void aClientOfAnotherAuthorityIsRefused() {
        serveWithTls();
        assertRefused(
                settings -> settings.withTlsFrom(files("client", OTHER, CA)),
                new String[] {"does not accept this side's certificate 'CN=client', issued by 'CN=other-ca'"},
                "'CN=client', issued by 'CN=other-ca'");
    }

    @Test
    void aNodeOfAnotherAuthorityIsRefusedByTheClient() {
        serveWithTls();
        assertRefused(
                settings -> settings.withTlsFrom(files("client", CA, OTHER)),
                new String[] {"'CN=node', issued by 'CN=cluster-ca'", "goes back to no certificate authority"},
                "does not accept this side's certificate 'CN=node'");
    }

    @Test
    void anExpiredClientIsRefused() {
        serveWithTls();
        PemPaths paths = TestCa.write(directory.resolve("client"), CA.issueExpired("client"), CA);
        assertRefused(
                settings -> settings.withTlsFrom(paths.open()),
                new String[] {"does not accept this side's certificate 'CN=client'"},
                "has expired");
    }

    @Test
    void anExpiredNodeIsRefusedByTheClient() {
        PemPaths paths = TestCa.write(directory.resolve("node-tls"), CA.issueExpired("node"), CA);
        serve(new Security(null, new ApiTls(paths.open())));
        assertRefused(
                settings -> settings.withTlsFrom(files("client", CA, CA)),
                new String[] {"'CN=node'", "has expired"},
                "does not accept this side's certificate 'CN=node'");
    }

    @Test
    void aClientWithoutACertificateIsRefused() {
        serveWithTls();
        PemPaths paths = write("client", CA, CA);
        assertRefused(
                settings -> settings.withTlsFrom(PemFiles.trusting(paths.trusted())),
                new String[] {"the other side wants a certificate of an authority that it trusts"},
                "the other side shows no certificate");
    }

    @Test
    void aClientWithoutTlsIsRefused() {
        serveWithTls();
        assertRefused(
                settings -> settings, new String[] {"the node may want TLS"}, "the other side does not speak TLS");
    }

    @Test
    void aNodeWithoutTlsIsRefusedByTheClient() {
        serve(Security.NONE);
        assertRefused(
                settings -> settings.withTlsFrom(files("client", CA, CA)),
                new String[] {"the other side does not speak TLS, as this side must"},
                null);
    }

    /** Neither the node nor the client is made anew. */
    @Test
    void theAuthorityIsReplacedWhileNodeAndClientRun() {
        serve(new Security(null, new ApiTls(files("node", CA, CA))));
        try (DEngineClient client = connect(settings -> settings.withTlsFrom(files("client", CA, CA)))) {
            assertServes(client, "a");
            write("node", OTHER, OTHER);
            assertServes(client, "b"); // what is connected stays so
            try (DEngineClient late = connect(settings -> settings.withTlsFrom(files("late", CA, CA)))) {
                assertRefused(late, "goes back to no certificate authority");
                write("late", OTHER, OTHER);
                await().ignoreExceptionsInstanceOf(RefusedException.class).untilAsserted(() -> assertServes(late, "c"));
            }
        }
    }

    @Test
    void aPlaintextPortThatOthersReachIsWarnedOf() {
        try (Lines log = new Lines()) {
            serve(Security.NONE, new PeerAddress("0.0.0.0", api.port()));
            assertThat(log.of("ApiServer"))
                    .singleElement()
                    .asString()
                    .contains("the API port 0.0.0.0:" + api.port() + " speaks plaintext");
            closeNode();
            serve(Security.NONE);
            assertThat(log.of("ApiServer")).hasSize(1);
        }
    }

    @Test
    void aClientThatTrustsNobodyIsNotMade() {
        PemPaths paths = write("client", CA, CA);
        PemFiles noTrust = PemFiles.open(paths.chain(), paths.key(), null);
        assertThat(catchThrowableOfType(
                        InvalidConfigException.class,
                        () -> ClientSettings.of(List.of(api)).withTlsFrom(noTrust)))
                .hasMessageStartingWith("client.ssl: it trusts no certificate authority");
    }

    /** What is logged at WARN or above while this is open. */
    private static final class Lines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

        private final Logger logger = (Logger) LoggerFactory.getLogger("io.dengine");
        private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

        Lines() {
            setContext(logger.getLoggerContext());
            start();
            logger.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                events.add(event);
            }
        }

        List<String> of(String className) {
            return events.stream()
                    .filter(event -> event.getLoggerName().endsWith("." + className))
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        }

        @Override
        public void close() {
            logger.detachAppender(this);
            stop();
        }
    }
}
