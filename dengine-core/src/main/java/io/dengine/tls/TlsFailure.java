package io.dengine.tls;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a TLS connection did not come about.
 *
 * @param kind for machines
 * @param text for operators, without a full stop
 */
public record TlsFailure(Kind kind, String text) {

    private static final String ALERT = "Received fatal alert: ";

    /** The alerts that mean "I do not accept your certificate". */
    private static final Set<String> OF_CERTIFICATE = Set.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "unknown_ca");

    /** What went wrong. */
    public enum Kind {
        /** No trusted authority issued the other side's certificate, or it is not for this use. */
        UNTRUSTED,
        /** The other side's certificate has expired, or is not valid yet. */
        EXPIRED,
        /** The other side's certificate is for another host. */
        WRONG_HOST,
        /** The other side showed no certificate, perhaps because it has none of the authorities it was told to choose from. */
        NO_CERTIFICATE,
        /** The other side does not speak TLS. */
        PLAINTEXT,
        /** The other side does not accept this side's certificate; it knows why. */
        REFUSED,
        /** Something else: no common protocol or cipher, a broken record. */
        OTHER
    }

    /**
     * Returns what {@code failure}, as a TLS engine or Netty throws it, means.
     *
     * @param shown what this side uses; null if unknown
     */
    public static TlsFailure of(Throwable failure, @Nullable TlsMaterial shown) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RefusedCertificateException refused) {
                return new TlsFailure(refused.kind(), String.valueOf(refused.getMessage()));
            }
        }
        String text = String.valueOf(failure.getMessage());
        if (text.contains(ALERT)) {
            return ofAlert(text.substring(text.indexOf(ALERT) + ALERT.length()), shown);
        }
        // Neither the JDK nor Netty has types for these that could be asked for here.
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("empty client certificate chain")) {
            return new TlsFailure(
                    Kind.NO_CERTIFICATE,
                    "the other side shows no certificate, or has none of an authority that is trusted here");
        }
        if (lower.contains("not an ssl/tls record") || lower.contains("unrecognized ssl message")) {
            return new TlsFailure(Kind.PLAINTEXT, "the other side does not speak TLS, as this side must");
        }
        return new TlsFailure(Kind.OTHER, "the TLS handshake failed: " + text);
    }

    private static TlsFailure ofAlert(String alert, @Nullable TlsMaterial shown) {
        boolean showsNone = shown != null && shown.keyManager() == null;
        if (alert.equals("certificate_required") || (alert.equals("bad_certificate") && showsNone)) {
            return new TlsFailure(
                    Kind.REFUSED,
                    "the other side wants a certificate of an authority that it trusts, and this side has "
                            + (shown == null ? "none" : shown));
        }
        if (OF_CERTIFICATE.contains(alert)) {
            return new TlsFailure(
                    Kind.REFUSED,
                    "the other side does not accept this side's certificate" + (shown == null ? "" : " " + shown) + " ("
                            + alert + "); its log says why");
        }
        return new TlsFailure(Kind.OTHER, "the other side ended the TLS handshake: " + alert);
    }
}
