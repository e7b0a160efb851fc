package io.dengine.spring.boot.autoconfigure.metrics;

import io.dengine.node.EngineMeter;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the node's meters. */
@AutoConfiguration(
        after = NodeAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({NodeLifecycle.class, MeterRegistry.class})
public final class NodeMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    NodeMeterBinder dengineNodeMeterBinder(NodeLifecycle node) {
        return new NodeMeterBinder(node);
    }

    @Bean
    @ConditionalOnMissingBean
    PeerLagMeters denginePeerLagMeters(ObjectProvider<NodeLifecycle> node) {
        return new PeerLagMeters(node::getObject);
    }

    @Bean
    @ConditionalOnMissingBean(EngineMeter.class)
    MicrometerEngineMeter dengineEngineMeter(MeterRegistry registry) {
        return new MicrometerEngineMeter(registry);
    }
}
