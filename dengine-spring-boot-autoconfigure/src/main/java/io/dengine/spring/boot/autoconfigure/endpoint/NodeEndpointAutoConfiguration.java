package io.dengine.spring.boot.autoconfigure.endpoint;

import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of {@link NodeEndpoint}; exposed over HTTP, its failures have a status. */
@AutoConfiguration(after = NodeAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(NodeLifecycle.class)
@ConditionalOnAvailableEndpoint(NodeEndpoint.class)
public final class NodeEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    NodeEndpoint dengineEndpoint(NodeLifecycle node) {
        return new NodeEndpoint(node);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(NodeEndpoint.class)
    @ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
    NodeEndpointWebExtension dengineEndpointWebExtension(NodeEndpoint endpoint) {
        return new NodeEndpointWebExtension(endpoint);
    }
}
