package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.InvalidConfigException;
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

/** The last version of an SSL bundle that could be used: follows it when it is reloaded. Thread-safe. */
public final class FollowedSslBundle implements TlsSource {

    private static final Logger log = LoggerFactory.getLogger(FollowedSslBundle.class);

    private final String name;
    private volatile TlsMaterial current;

    private FollowedSslBundle(String name, TlsMaterial first) {
        this.name = name;
        this.current = first;
    }

    /**
     * Returns a bundle as it is now and will be.
     *
     * @param setting the property below {@code dengine} that names it
     * @param bundles null where the application has none
     * @throws InvalidConfigException if there is none of that name
     */
    public static TlsSource of(String setting, String name, @Nullable SslBundles bundles) {
        if (bundles == null) {
            throw unknown(setting, name, "SSL bundles are not auto-configured");
        }
        try {
            FollowedSslBundle followed = new FollowedSslBundle(name, materialOf(bundles.getBundle(name)));
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

    @Override
    public TlsMaterial current() {
        return current;
    }

    /** Whatever is wrong with the new bundle, connections go on with the old one. */
    private void update(SslBundle bundle) {
        try {
            TlsMaterial next = materialOf(bundle);
            current = next;
            log.info("SSL bundle '{}' has changed: new connections use {}", name, next);
        } catch (RuntimeException e) {
            log.warn("SSL bundle '{}' has changed and cannot be used, the old one stays: {}", name, e.toString());
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
