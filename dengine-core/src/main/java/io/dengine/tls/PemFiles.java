package io.dengine.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Material from PEM files, read again when their content changes. Thread-safe, and needs no closing: who makes a
 * connection looks at the files, if nobody has for the check interval. They may be replaced one after the other, in any
 * order; while they do not fit together, or are broken or away, the old material stays in use, and the log says so once.
 */
public final class PemFiles implements TlsSource {

    /** How long the files are not looked at after they were: 10 s. */
    public static final Duration DEFAULT_CHECK_INTERVAL = Duration.ofSeconds(10);

    /** Far above any bundle of authorities; guards against a path to something else. */
    private static final int MAX_FILE_BYTES = 1 << 20;

    private static final Logger log = LoggerFactory.getLogger(PemFiles.class);

    private final @Nullable Path certificateChain;
    private final @Nullable Path privateKey;
    private final @Nullable Path trusted;
    private final long checkIntervalNanos;
    private final LongSupplier nanoClock;
    private final AtomicBoolean checking = new AtomicBoolean();
    private volatile long checkedNanos;
    private volatile TlsMaterial material;
    private Content content; // guarded by checking
    private String problemLogged = ""; // guarded by checking

    /** The files' text. */
    private record Content(String certificateChain, String privateKey, String trusted) {

        /** Without the key. */
        @Override
        public String toString() {
            return "PEM text of " + certificateChain.length() + " characters";
        }
    }

    PemFiles(
            @Nullable Path certificateChain,
            @Nullable Path privateKey,
            @Nullable Path trusted,
            Duration checkInterval,
            LongSupplier nanoClock) {
        this.certificateChain = certificateChain;
        this.privateKey = privateKey;
        this.trusted = trusted;
        this.checkIntervalNanos = checkInterval.toNanos();
        this.nanoClock = nanoClock;
        this.checkedNanos = nanoClock.getAsLong();
        this.content = read();
        this.material = parse(content);
    }

    /**
     * Reads the files.
     *
     * @param certificateChain this node's certificate, then those that issued it
     * @param privateKey its key: PKCS#8, not encrypted; RSA, EC or Ed25519
     * @param trusted the certificate authorities that the other side's certificate must go back to; null verifies no
     *     certificate
     * @throws InvalidTlsMaterialException if a file cannot be read or used
     */
    public static PemFiles open(Path certificateChain, Path privateKey, @Nullable Path trusted) {
        return open(certificateChain, privateKey, trusted, DEFAULT_CHECK_INTERVAL);
    }

    /**
     * As above.
     *
     * @param checkInterval how long the files are not looked at after they were; 0 looks for each connection
     */
    public static PemFiles open(
            Path certificateChain, Path privateKey, @Nullable Path trusted, Duration checkInterval) {
        return new PemFiles(certificateChain, privateKey, trusted, checkInterval, System::nanoTime);
    }

    /** Reads what a client needs that shows no certificate; see {@link #open}. */
    public static PemFiles trusting(Path trusted) {
        return new PemFiles(null, null, trusted, DEFAULT_CHECK_INTERVAL, System::nanoTime);
    }

    @Override
    public TlsMaterial current() {
        if (nanoClock.getAsLong() - checkedNanos >= checkIntervalNanos && checking.compareAndSet(false, true)) {
            try {
                check();
            } finally {
                checkedNanos = nanoClock.getAsLong();
                checking.set(false);
            }
        }
        return material;
    }

    private void check() {
        try {
            Content now = read();
            if (!now.equals(content)) {
                TlsMaterial next = parse(now);
                content = now;
                material = next;
                log.info("TLS: new connections use {}", next);
            }
            problemLogged = "";
        } catch (InvalidTlsMaterialException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(problemLogged)) {
                problemLogged = problem;
                log.warn("TLS: the old certificates stay in use, {}: {}", material, problem);
            }
        }
    }

    private Content read() {
        return new Content(read(certificateChain), read(privateKey), read(trusted));
    }

    private static String read(@Nullable Path file) {
        if (file == null) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new InvalidTlsMaterialException(file + " is longer than " + MAX_FILE_BYTES + " bytes");
            }
            return new String(bytes, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new InvalidTlsMaterialException("cannot read " + file + ": " + e, e);
        }
    }

    private TlsMaterial parse(Content from) {
        List<X509Certificate> chain = List.of();
        PrivateKey key = null;
        if (certificateChain != null && privateKey != null) {
            chain = PemReader.certificates(certificateChain.toString(), from.certificateChain);
            key = PemReader.privateKey(privateKey.toString(), from.privateKey, chain.get(0));
            if (Instant.now().isAfter(chain.get(0).getNotAfter().toInstant())) {
                log.warn(
                        "TLS: the certificate in {} has expired: {}",
                        certificateChain,
                        TlsMaterial.describe(chain.get(0)));
            }
        }
        return TlsMaterial.of(
                chain, key, trusted == null ? List.of() : PemReader.certificates(trusted.toString(), from.trusted));
    }

    @Override
    public String toString() {
        return "PEM files " + certificateChain + ", " + trusted;
    }
}
