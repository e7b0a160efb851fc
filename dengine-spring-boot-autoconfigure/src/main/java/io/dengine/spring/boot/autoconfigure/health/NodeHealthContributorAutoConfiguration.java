package io.dengine.spring.boot.autoconfigure.health;

import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the {@code dengine} health contributor. */
@AutoConfiguration(after = NodeAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(NodeLifecycle.class)
@ConditionalOnEnabledHealthIndicator("dengine")
public final class NodeHealthContributorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = {"dengineHealthIndicator", "dengineHealthContributor"})
    NodeHealthIndicator dengineHealthContributor(NodeLifecycle node) {
        return new NodeHealthIndicator(node);
    }
}
