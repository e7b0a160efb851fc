package io.dengine.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Who one end of a TLS connection is, and whom it trusts. Immutable, and compared by identity.
 *
 * <p>A certificate that serves both ends, as every peer's does, needs both of the extended key usages {@code serverAuth}
 * and {@code clientAuth}, or none.
 */
public final class TlsMaterial {

    /** The key types of the JDK's TLS. */
    private static final List<String> KEY_TYPES = List.of("EC", "RSA", "EdDSA", "RSASSA-PSS");

    private final @Nullable X509KeyManager keyManager;
    private final @Nullable TrustManager trustManager;

    private TlsMaterial(@Nullable X509KeyManager keyManager, @Nullable TrustManager trustManager) {
        this.keyManager = keyManager;
        this.trustManager = trustManager;
    }

    /**
     * Takes the first manager for X.509 of each kind, as the JDK does; where there is none, this end shows no certificate
     * or verifies none.
     *
     * @throws InvalidTlsMaterialException if the trust manager cannot verify host names, not being an {@link
     *     X509ExtendedTrustManager}
     */
    public static TlsMaterial of(KeyManager[] keyManagers, TrustManager[] trustManagers) {
        X509KeyManager key = null;
        for (KeyManager one : keyManagers) {
            if (key == null && one instanceof X509KeyManager x509) {
                key = x509;
            }
        }
        for (TrustManager one : trustManagers) {
            if (one instanceof X509TrustManager x509) {
                return new TlsMaterial(key, explaining(x509));
            }
        }
        return new TlsMaterial(key, null);
    }

    /**
     * @param chain the own certificate and those that issued it, own first; empty to show none
     * @param privateKey belongs to the first of {@code chain}; null exactly if that is empty
     * @param trusted the authorities that certificates of others must go back to; empty to verify none
     */
    static TlsMaterial of(List<X509Certificate> chain, @Nullable PrivateKey privateKey, List<X509Certificate> trusted) {
        return new TlsMaterial(
                privateKey == null ? null : new IdentityKey(chain, privateKey),
                trusted.isEmpty() ? null : explaining(trustManager(trusted)));
    }

    private static X509TrustManager trustManager(List<X509Certificate> trusted) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < trusted.size(); i++) {
                store.setCertificateEntry("ca-" + i, trusted.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            return (X509TrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException | IOException e) {
            throw new InvalidTlsMaterialException("the trusted certificates cannot be used: " + e.getMessage(), e);
        }
    }

    private static TrustManager explaining(X509TrustManager trust) {
        if (trust instanceof X509ExtendedTrustManager extended) {
            return new ExplainingTrust(extended);
        }
        throw new InvalidTlsMaterialException("the trust manager "
                + trust.getClass().getName() + " is no X509ExtendedTrustManager, and so cannot verify host names");
    }

    /** Returns what proves who this end is; null if it shows no certificate. */
    public @Nullable KeyManager keyManager() {
        return keyManager;
    }

    /** Returns what verifies the other end; null if nothing does. */
    public @Nullable TrustManager trustManager() {
        return trustManager;
    }

    /** Returns the certificate that this end shows, or one of several; null if none. */
    public @Nullable X509Certificate certificate() {
        if (keyManager == null) {
            return null;
        }
        for (String type : KEY_TYPES) {
            String[] aliases = keyManager.getServerAliases(type, null);
            if (aliases != null && aliases.length > 0) {
                X509Certificate[] chain = keyManager.getCertificateChain(aliases[0]);
                if (chain != null && chain.length > 0) {
                    return chain[0];
                }
            }
        }
        return null;
    }

    /** Returns what tells one certificate from another. */
    static String describe(X509Certificate certificate) {
        return "'" + certificate.getSubjectX500Principal() + "', issued by '" + certificate.getIssuerX500Principal()
                + "', valid until " + certificate.getNotAfter().toInstant();
    }

    @Override
    public String toString() {
        X509Certificate own = certificate();
        return own == null ? "no certificate" : describe(own);
    }
}
