package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.InvalidConfigException;
import io.dengine.config.Security;
import io.dengine.config.Security.ApiTls;
import io.dengine.config.Security.PeerTls;
import io.dengine.tls.TlsMaterial;
import io.dengine.tls.TlsSource;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.StringUtils;

/** Takes TLS material from SSL bundles, and follows them when they are reloaded. */
final class SslBundleMapping {

    private static final Logger log = LoggerFactory.getLogger(SslBundleMapping.class);

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
        return StringUtils.hasText(name) ? source(own == null ? "ssl.bundle" : ownSetting, bundles, name) : null;
    }

    private static TlsSource source(String setting, @Nullable SslBundles bundles, String name) {
        if (bundles == null) {
            throw unknown(setting, name, "SSL bundles are not auto-configured");
        }
        try {
            Followed followed = new Followed(name, materialOf(bundles.getBundle(name)));
            bundles.addBundleUpdateHandler(name, followed::update);
            return followed;
        } catch (NoSuchSslBundleException e) {
            throw unknown(setting, name, "the SSL bundles are " + bundles.getBundleNames());
        }
    }

    private static InvalidConfigException unknown(String setting, String name, String known) {
        return new InvalidConfigException(
                setting,
                "there is no SSL bundle '" + name + "', " + known,
                "Define it under 'spring.ssl.bundle', or name another");
    }

    /** The last version of a bundle that could be used. Thread-safe. */
    private static final class Followed implements TlsSource {

        private final String name;
        private volatile TlsMaterial current;

        Followed(String name, TlsMaterial first) {
            this.name = name;
            this.current = first;
        }

        @Override
        public TlsMaterial current() {
            return current;
        }

        /** Whatever is wrong with the new bundle, the node goes on with the old one. */
        void update(SslBundle bundle) {
            try {
                TlsMaterial next = materialOf(bundle);
                current = next;
                log.info("SSL bundle '{}' has changed: new connections use {}", name, next);
            } catch (RuntimeException e) {
                log.warn("SSL bundle '{}' has changed and cannot be used, the old one stays: {}", name, e.toString());
            }
        }
    }

    /** A bundle without a trust store would trust the authorities of the web, and one without keys have a manager of none. */
    private static TlsMaterial materialOf(SslBundle bundle) {
        return TlsMaterial.of(
                bundle.getStores().getKeyStore() == null
                        ? new KeyManager[0]
                        : bundle.getManagers().getKeyManagers(),
                bundle.getStores().getTrustStore() == null
                        ? new TrustManager[0]
                        : bundle.getManagers().getTrustManagers());
    }
}
