package io.dengine.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the refused side can say; what the refusing side says is seen in {@code TlsTest}. */
class TlsFailureTest {

    private static final TestCa CA = new TestCa("ca");

    @TempDir
    Path directory;

    private static TlsFailure ofAlert(String alert, TlsMaterial shown) {
        return TlsFailure.of(new SSLHandshakeException("Received fatal alert: " + alert), shown);
    }

    @Test
    void aRefusedCertificateIsNamed() {
        TlsMaterial shown = TestCa.write(directory, CA.issue("node"), CA).open().current();
        TlsFailure failure = ofAlert("certificate_unknown", shown);
        assertThat(failure.kind()).isEqualTo(TlsFailure.Kind.REFUSED);
        assertThat(failure.text()).contains("does not accept this side's certificate 'CN=node', issued by 'CN=ca'");
    }

    @Test
    void aMissingCertificateIsSaidToBeMissing() {
        TlsMaterial none = PemFiles.trusting(
                        TestCa.write(directory, CA.issue("node"), CA).trusted())
                .current();
        for (String alert : new String[] {"certificate_required", "bad_certificate"}) {
            assertThat(ofAlert(alert, none).text())
                    .isEqualTo("the other side wants a certificate of an authority that it trusts, and this side has"
                            + " no certificate");
        }
    }

    @Test
    void anotherAlertIsHandedOn() {
        assertThat(ofAlert("protocol_version", null))
                .isEqualTo(new TlsFailure(
                        TlsFailure.Kind.OTHER, "the other side ended the TLS handshake: protocol_version"));
    }
}
