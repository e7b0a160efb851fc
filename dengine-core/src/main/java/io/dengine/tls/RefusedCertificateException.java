package io.dengine.tls;

import java.security.cert.CertificateException;

/** The other end's certificate is not accepted here. */
final class RefusedCertificateException extends CertificateException {

    private final TlsFailure.Kind kind;

    RefusedCertificateException(TlsFailure.Kind kind, String text, CertificateException cause) {
        super(text, cause);
        this.kind = kind;
    }

    TlsFailure.Kind kind() {
        return kind;
    }
}
