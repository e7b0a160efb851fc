package io.dengine.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/** A certificate authority, and what it issues as PEM files. Thread-safe. */
public final class TestCa {

    private static final Duration VALIDITY = Duration.ofDays(1);

    private final X509Bundle root;

    public TestCa(String name) {
        this.root = build(() -> new CertificateBuilder()
                .ecp256()
                .subject("CN=" + name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned());
    }

    @FunctionalInterface
    private interface Build {
        X509Bundle run() throws Exception;
    }

    private static X509Bundle build(Build build) {
        try {
            return build.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Where the PEM files of one node are, which may be written again. */
    public record PemPaths(Path chain, Path key, Path trusted) {

        public PemFiles open() {
            return PemFiles.open(chain, key, trusted, Duration.ZERO);
        }
    }

    /** Issues a certificate for the loopback addresses. */
    public X509Bundle issue(String name) {
        return issue(name, builder -> builder);
    }

    /** Issues a certificate for one IP address. */
    public X509Bundle issueFor(String name, String address) {
        return build(() -> new CertificateBuilder()
                .ecp256()
                .subject("CN=" + name)
                .addSanIpAddress(address)
                .buildIssuedBy(root));
    }

    private X509Bundle issue(String name, UnaryOperator<CertificateBuilder> change) {
        CertificateBuilder builder = new CertificateBuilder()
                .ecp256()
                .subject("CN=" + name)
                .addSanIpAddress("127.0.0.1")
                .addSanDnsName("localhost")
                .notBefore(Instant.now().minus(VALIDITY))
                .notAfter(Instant.now().plus(VALIDITY));
        return build(() -> change.apply(builder).buildIssuedBy(root));
    }

    public X509Bundle issue(String name, Algorithm algorithm) {
        return issue(name, builder -> builder.algorithm(algorithm));
    }

    public X509Bundle issueExpired(String name) {
        Instant end = Instant.now().minusSeconds(3600);
        return issue(name, builder -> builder.notBefore(end.minus(VALIDITY)).notAfter(end));
    }

    public String pem() {
        return root.getCertificatePEM();
    }

    /** Writes what a node needs that shows {@code own} and trusts {@code trusted}. */
    public static PemPaths write(Path directory, X509Bundle own, TestCa... trusted) {
        PemPaths files =
                new PemPaths(directory.resolve("cert.pem"), directory.resolve("key.pem"), directory.resolve("ca.pem"));
        try {
            Files.createDirectories(directory);
            // The key first: whoever reads in between sees a pair that does not fit.
            Files.writeString(files.key, own.getPrivateKeyPEM());
            Files.writeString(files.chain, own.getCertificatePathPEM());
            Files.writeString(
                    files.trusted,
                    String.join("\n", List.of(trusted).stream().map(TestCa::pem).toList()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }
}
