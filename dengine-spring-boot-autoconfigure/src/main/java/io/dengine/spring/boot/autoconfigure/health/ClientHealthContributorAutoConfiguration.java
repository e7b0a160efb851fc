package io.dengine.spring.boot.autoconfigure.health;

import io.dengine.DEngineClient;
import io.dengine.spring.boot.autoconfigure.client.ClientAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the {@code dengine} health contributor where the cluster is in other processes. */
@AutoConfiguration(after = ClientAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(DEngineClient.class)
@ConditionalOnEnabledHealthIndicator("dengine")
public final class ClientHealthContributorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = {"dengineHealthIndicator", "dengineHealthContributor"})
    ClientHealthIndicator dengineHealthContributor(DEngineClient client) {
        return new ClientHealthIndicator(client);
    }
}
