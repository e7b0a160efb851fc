package io.dengine.spring.boot.autoconfigure.client;

import io.dengine.DEngineClient;
import io.dengine.api.CoordinationClient;
import io.dengine.client.grpc.ClientSettings;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.spring.boot.autoconfigure.node.FollowedSslBundle;
import io.dengine.spring.boot.autoconfigure.template.TemplateAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration of the {@link CoordinationClient} of a cluster in other processes, with {@code dengine.mode=client}. The
 * client looks for the cluster in the background and lives as long as the beans do: until after everything that uses it has
 * stopped.
 */
@AutoConfiguration(after = SslAutoConfiguration.class, before = TemplateAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "dengine.enabled", matchIfMissing = true)
@ConditionalOnProperty(name = "dengine.mode", havingValue = "client")
@ConditionalOnMissingBean(CoordinationClient.class)
@EnableConfigurationProperties(ClientProperties.class)
public final class ClientAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    DengineConnectionDetails dengineConnectionDetails(ClientProperties properties) {
        return new PropertiesDengineConnectionDetails(properties);
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    DEngineClient dengineClient(
            ClientProperties properties,
            DengineConnectionDetails details,
            ObjectProvider<SslBundles> sslBundles,
            ObjectProvider<ClientSettingsCustomizer> customizers) {
        ClientSettings settings = ClientSettingsMapping.toSettings(properties, details);
        String bundle = properties.ssl().bundle();
        if (StringUtils.hasText(bundle)) {
            settings = settings.withTlsFrom(
                    FollowedSslBundle.of("client.ssl.bundle", bundle, sslBundles.getIfAvailable()));
        }
        for (ClientSettingsCustomizer customizer : customizers.orderedStream().toList()) {
            settings = customizer.customize(settings);
        }
        return DEngineClient.connect(settings);
    }

    @Bean
    CoordinationClient dengineCoordinationClient(DEngineClient client) {
        return client.client();
    }

    @Bean
    @ConditionalOnMissingBean
    ClusterAdmin dengineClusterAdmin(DEngineClient client) {
        return client.cluster();
    }
}
