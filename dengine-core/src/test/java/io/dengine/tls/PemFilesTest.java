package io.dengine.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dengine.tls.TestCa.PemPaths;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class PemFilesTest {

    private static final TestCa CA = new TestCa("ca");

    @TempDir
    Path directory;

    private final Logger logger = (Logger) LoggerFactory.getLogger(PemFiles.class);
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();

    @BeforeEach
    void captureLog() {
        appender.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(appender);
    }

    @AfterEach
    void releaseLog() {
        logger.detachAppender(appender);
        logger.setLevel(null);
    }

    private List<String> log(Level level) {
        return appender.list.stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
    void readsTheKeysThatTheJdkHasForTls(Algorithm algorithm) {
        X509Bundle own = CA.issue("node", algorithm);
        TlsMaterial material = TestCa.write(directory, own, CA).open().current();
        assertThat(material.certificate()).isEqualTo(own.getCertificate());
        assertThat(material.keyManager()).isNotNull();
        assertThat(material.trustManager()).isNotNull();
    }

    @Test
    void changedFilesAreReadAfterTheCheckInterval() {
        PemPaths paths = TestCa.write(directory, CA.issue("old"), CA);
        PemFiles files = new PemFiles(paths.chain(), paths.key(), paths.trusted(), Duration.ofSeconds(10), nanos::get);
        TlsMaterial old = files.current();
        TestCa.write(directory, CA.issue("new"), CA);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10) - 1);
        assertThat(files.current()).isSameAs(old);
        nanos.incrementAndGet();
        TlsMaterial now = files.current();
        assertThat(now).asString().contains("CN=new");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
        assertThat(files.current()).isSameAs(now);
        assertThat(log(Level.INFO)).singleElement().asString().contains("CN=new");
    }

    /** As it is in between when the files are replaced one after the other. */
    @Test
    void aKeyThatDoesNotFitKeepsTheOldPairAndIsToldOnce() throws IOException {
        PemPaths paths = TestCa.write(directory, CA.issue("old"), CA);
        PemFiles files = paths.open();
        TlsMaterial old = files.current();
        X509Bundle next = CA.issue("new");
        Files.writeString(paths.key(), next.getPrivateKeyPEM());
        assertThat(files.current()).isSameAs(old);
        assertThat(files.current()).isSameAs(old);
        assertThat(log(Level.WARN))
                .singleElement()
                .asString()
                .contains("the old certificates stay in use", "does not hold the key of the certificate", "CN=old");
        Files.writeString(paths.chain(), next.getCertificatePathPEM());
        assertThat(files.current()).asString().contains("CN=new");
    }

    @Test
    void aMissingOrDamagedFileKeepsTheOldMaterial() throws IOException {
        PemPaths paths = TestCa.write(directory, CA.issue("old"), CA);
        PemFiles files = paths.open();
        TlsMaterial old = files.current();
        Files.delete(paths.trusted());
        assertThat(files.current()).isSameAs(old);
        Files.writeString(paths.trusted(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assertThat(files.current()).isSameAs(old);
        assertThat(files.current()).isSameAs(old);
        assertThat(log(Level.WARN)).hasSize(2);
        assertThat(log(Level.WARN).get(0)).contains("cannot read " + paths.trusted());
        assertThat(log(Level.WARN).get(1)).contains(paths.trusted() + " holds a damaged certificate");
    }

    @Test
    void whatCannotBeUsedAtTheStartIsSaid() throws IOException {
        PemPaths paths = TestCa.write(directory, CA.issue("node"), CA);
        Files.writeString(paths.key(), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        assertThatThrownBy(paths::open)
                .isInstanceOf(InvalidTlsMaterialException.class)
                .hasMessageContainingAll(paths.key().toString(), "RSA PRIVATE KEY", "openssl pkcs8 -topk8");
        TestCa.write(directory, CA.issue("node"), CA);
        Files.writeString(paths.chain(), "nothing");
        assertThatThrownBy(paths::open)
                .isInstanceOf(InvalidTlsMaterialException.class)
                .hasMessageContaining("holds no certificate");
        Files.delete(paths.chain());
        assertThatThrownBy(paths::open)
                .isInstanceOf(InvalidTlsMaterialException.class)
                .hasMessageContaining("cannot read " + paths.chain());
    }

    @Test
    void anExpiredCertificateIsWarnedOf() {
        TestCa.write(directory, CA.issueExpired("late"), CA).open();
        assertThat(log(Level.WARN)).singleElement().asString().contains("has expired", "CN=late");
    }
}
