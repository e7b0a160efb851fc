package io.dengine.config;

import static io.dengine.config.InvalidConfigException.require;

import io.dengine.tls.TlsSource;
import org.jspecify.annotations.Nullable;

/**
 * TLS, each port by itself. All members of a cluster have it on their peer ports, or none: a node with it and a node
 * without refuse each other.
 *
 * <p>No port is open to a network unasked: a node without an address opens no peer port, and one with an address listens
 * there, or where {@code peering.bind} says. A port without TLS that others than this machine can reach is warned of
 * once, at the start.
 *
 * @param peers TLS between members, always mutual; null for plaintext
 * @param api TLS for clients; null for plaintext
 */
public record Security(@Nullable PeerTls peers, @Nullable ApiTls api) implements Section {

    /** Plaintext on every port. */
    public static final Security NONE = new Security(null, null);

    /**
     * TLS between members. Each shows its certificate at both ends of a connection, and verifies the other's.
     *
     * @param source this node's certificate, and the authorities of the members'; those of the cluster alone, since whoever
     *     has a certificate of theirs can be a member
     * @param verifyHosts whether the certificate of a member that is dialled must be for the host of its address, by name or
     *     IP address, so that a stolen or misplaced certificate serves no other host. Who dials in is not held to that:
     *     behind a proxy or a second network card it comes from anywhere. Default true
     */
    public record PeerTls(TlsSource source, boolean verifyHosts) {

        public PeerTls {
            requireCertificate("cluster.ssl", source);
            requireTrust("cluster.ssl", source, "Members verify each other");
        }

        /** TLS that verifies hosts. */
        public PeerTls(TlsSource source) {
            this(source, true);
        }
    }

    /**
     * TLS for clients.
     *
     * @param source this node's certificate, and the authorities of the clients'
     * @param requireClientCertificate whether a client without a certificate of those authorities is refused. Default true
     */
    public record ApiTls(TlsSource source, boolean requireClientCertificate) {

        public ApiTls {
            requireCertificate("api.ssl", source);
            if (requireClientCertificate) {
                requireTrust("api.ssl", source, "Clients are to show certificates");
            }
        }

        /** TLS that requires a certificate of each client. */
        public ApiTls(TlsSource source) {
            this(source, true);
        }
    }

    private static void requireCertificate(String setting, TlsSource source) {
        require(
                source.current().keyManager() != null,
                setting,
                "it has no certificate with a private key",
                "Give the node a certificate and its key");
    }

    private static void requireTrust(String setting, TlsSource source, String reason) {
        require(
                source.current().trustManager() != null,
                setting,
                "it trusts no certificate authority",
                reason + ": name the authorities that issued their certificates");
    }
}
