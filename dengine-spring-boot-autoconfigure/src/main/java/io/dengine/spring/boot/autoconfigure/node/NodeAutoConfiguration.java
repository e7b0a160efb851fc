package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.Stores;
import io.dengine.api.CoordinationClient;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.DEngineConfig;
import io.dengine.node.EngineMeter;
import io.dengine.node.LeaderListener;
import io.dengine.node.MembershipListener;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the embedded node and its {@link CoordinationClient}. Backs off where the application brings a
 * client of its own; a {@link DEngineConfig} bean takes the place of the properties, and a {@link Stores} bean that of the
 * engine's own stores.
 */
@AutoConfiguration(after = SslAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "dengine.enabled", matchIfMissing = true)
@ConditionalOnProperty(name = "dengine.mode", havingValue = "embedded", matchIfMissing = true)
@ConditionalOnMissingBean(CoordinationClient.class)
@EnableConfigurationProperties(NodeProperties.class)
public final class NodeAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    DEngineConfig dengineConfig(NodeProperties properties, ObjectProvider<SslBundles> sslBundles) {
        return NodeConfigMapping.toConfig(
                properties, SslBundleMapping.toSecurity(properties, sslBundles.getIfAvailable()));
    }

    @Bean
    NodeLifecycle dengineNodeLifecycle(
            DEngineConfig config,
            NodeProperties properties,
            ObjectProvider<EngineMeter> meter,
            ObjectProvider<Stores> stores,
            ObjectProvider<LeaderListener> leaderListeners,
            ObjectProvider<MembershipListener> membershipListeners) {
        return new NodeLifecycle(
                config,
                properties.start().timeout(),
                meter.getIfUnique(() -> EngineMeter.NONE),
                stores.getIfAvailable(() -> Stores.OWN),
                leaderListeners.orderedStream().toList(),
                membershipListeners.orderedStream().toList());
    }

    @Bean
    CoordinationClient dengineCoordinationClient(NodeLifecycle node) {
        return node.client();
    }

    @Bean
    @ConditionalOnMissingBean
    ClusterAdmin dengineClusterAdmin(NodeLifecycle node) {
        return node.cluster();
    }
}
