package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.Security;
import io.dengine.config.Security.ApiTls;
import io.dengine.config.Security.PeerTls;
import io.dengine.tls.TlsSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.StringUtils;

/** The one place where the names of SSL bundles become the TLS of each port. */
final class SslBundleMapping {

    private final @Nullable SslBundles bundles;
    private final NodeProperties properties;

    private SslBundleMapping(NodeProperties properties, @Nullable SslBundles bundles) {
        this.bundles = bundles;
        this.properties = properties;
    }

    /** @param bundles null where the application has none */
    static Security toSecurity(NodeProperties properties, @Nullable SslBundles bundles) {
        SslBundleMapping mapping = new SslBundleMapping(properties, bundles);
        NodeProperties.Cluster.PeerSsl cluster = properties.cluster().ssl();
        NodeProperties.Api.ClientSsl api = properties.api().ssl();
        TlsSource peers = mapping.source("cluster.ssl.bundle", cluster.bundle());
        TlsSource clients = mapping.source("api.ssl.bundle", api.bundle());
        return new Security(
                peers == null ? null : new PeerTls(peers, cluster.verifyHosts()),
                clients == null ? null : new ApiTls(clients, api.requireClientCertificate()));
    }

    /** @param own the port's own bundle; null for that of all ports */
    private @Nullable TlsSource source(String ownSetting, @Nullable String own) {
        String name = own == null ? properties.ssl().bundle() : own;
        return StringUtils.hasText(name)
                ? FollowedSslBundle.of(own == null ? "ssl.bundle" : ownSetting, name, bundles)
                : null;
    }
}
