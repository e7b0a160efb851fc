package io.dengine.tls;

import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Decides as another does, and says of a certificate that is refused which one it was and why. Thread-safe. */
final class ExplainingTrust extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager decides;

    ExplainingTrust(X509ExtendedTrustManager decides) {
        this.decides = decides;
    }

    @FunctionalInterface
    private interface Check {
        void run() throws CertificateException;
    }

    private static void explain(X509Certificate[] chain, Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException e) {
            throw chain.length == 0 ? e : explained(chain, e);
        }
    }

    private static RefusedCertificateException explained(X509Certificate[] chain, CertificateException why) {
        Instant now = Instant.now();
        for (X509Certificate one : chain) {
            if (now.isAfter(one.getNotAfter().toInstant())) {
                return refused(TlsFailure.Kind.EXPIRED, one, "has expired", why);
            }
            if (now.isBefore(one.getNotBefore().toInstant())) {
                String problem = "is valid only from " + one.getNotBefore().toInstant() + " on";
                return refused(TlsFailure.Kind.EXPIRED, one, problem, why);
            }
        }
        String text = String.valueOf(why.getMessage());
        for (Throwable cause = why; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
                String problem = "goes back to no certificate authority that is trusted here (" + text + ")";
                return refused(TlsFailure.Kind.UNTRUSTED, chain[0], problem, why);
            }
        }
        // The JDK has no type for a name that does not match: "No subject alternative names ...", "No name matching
        // ...".
        boolean isOfName = text.startsWith("No subject alternative") || text.startsWith("No name matching");
        return refused(
                isOfName ? TlsFailure.Kind.WRONG_HOST : TlsFailure.Kind.UNTRUSTED,
                chain[0],
                isOfName ? "is not for the host that was dialled (" + text + ")" : "is not accepted (" + text + ")",
                why);
    }

    private static RefusedCertificateException refused(
            TlsFailure.Kind kind, X509Certificate certificate, String problem, CertificateException why) {
        return new RefusedCertificateException(
                kind, "the other side's certificate " + TlsMaterial.describe(certificate) + ", " + problem, why);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        explain(chain, () -> decides.checkClientTrusted(chain, authType));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        explain(chain, () -> decides.checkClientTrusted(chain, authType, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        explain(chain, () -> decides.checkClientTrusted(chain, authType, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        explain(chain, () -> decides.checkServerTrusted(chain, authType));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        explain(chain, () -> decides.checkServerTrusted(chain, authType, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        explain(chain, () -> decides.checkServerTrusted(chain, authType, engine));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return decides.getAcceptedIssuers();
    }
}
