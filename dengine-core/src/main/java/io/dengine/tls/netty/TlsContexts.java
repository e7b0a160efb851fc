package io.dengine.tls.netty;

import io.dengine.tls.TlsSource;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.util.List;
import javax.net.ssl.KeyManager;

/**
 * Makes Netty's TLS contexts, on the JDK's own TLS. Every connection made from one uses what the source has by then.
 * Stateless.
 *
 * <p>TLS 1.3 and 1.2, with forward secrecy and authenticated encryption only, which is also all that HTTP/2 allows.
 */
public final class TlsContexts {

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /**
     * A session that is resumed is not verified again, so an expired certificate or an authority that is trusted no longer
     * would live on in it. Zero would mean no limit.
     */
    private static final long SESSION_SECONDS = 1;

    private TlsContexts() {}

    /**
     * Returns the context of a server.
     *
     * @param source must have a certificate; and trust, if {@code clientAuth} asks for any of the client
     * @param alpn what it speaks inside TLS, {@code "h2"} for gRPC; empty for no negotiation
     */
    public static SslContext server(TlsSource source, ClientAuth clientAuth, String... alpn) {
        return new FollowingSslContext(source, material -> {
            KeyManager key = material.keyManager();
            if (key == null) {
                throw new IllegalArgumentException("a TLS server needs a certificate");
            }
            if (clientAuth != ClientAuth.NONE && material.trustManager() == null) {
                throw new IllegalArgumentException("a TLS server that verifies its clients needs authorities to trust");
            }
            SslContextBuilder builder = SslContextBuilder.forServer(key).clientAuth(clientAuth);
            return configure(builder, alpn)
                    .trustManager(material.trustManager())
                    .build();
        });
    }

    /**
     * Returns the context of a client, which also shows a certificate if the source has one. It verifies that the server's
     * is for the host that was dialled, by name or IP address.
     *
     * @param source must have authorities to trust
     * @param alpn what it speaks inside TLS, {@code "h2"} for gRPC; empty for no negotiation
     */
    public static SslContext client(TlsSource source, String... alpn) {
        return client(source, true, alpn);
    }

    /**
     * As above.
     *
     * @param verifyHosts whether the certificate must be for the host; without, any that an authority issued will do. A
     *     gRPC channel verifies the host in any case
     */
    public static SslContext client(TlsSource source, boolean verifyHosts, String... alpn) {
        return new FollowingSslContext(source, material -> {
            if (material.trustManager() == null) {
                // Netty and the JDK would trust the authorities of the web instead.
                throw new IllegalArgumentException("a TLS client needs authorities to trust");
            }
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .keyManager(material.keyManager())
                    .endpointIdentificationAlgorithm(verifyHosts ? "HTTPS" : "");
            return configure(builder, alpn)
                    .trustManager(material.trustManager())
                    .build();
        });
    }

    private static SslContextBuilder configure(SslContextBuilder builder, String... alpn) {
        builder.sslProvider(SslProvider.JDK)
                .protocols(PROTOCOLS)
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .sessionTimeout(SESSION_SECONDS);
        return alpn.length == 0
                ? builder
                : builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        alpn));
    }
}
