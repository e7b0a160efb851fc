package io.dengine.spring.boot.autoconfigure.grpc;

import io.dengine.config.ApiSettings;
import io.dengine.config.InvalidConfigException;
import io.dengine.server.ApiServices;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.grpc.BindableService;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Auto-configuration of the API as services on the application's own gRPC server, with {@code dengine.api.expose=spring-grpc}.
 * Boot's server offers every bean of type {@link BindableService}; so these are such beans then, and never otherwise.
 */
@AutoConfiguration(after = NodeAutoConfiguration.class, beforeName = GrpcExposureAutoConfiguration.GRPC_SERVER)
@ConditionalOnProperty(name = "dengine.api.expose", havingValue = "spring-grpc")
@ConditionalOnBean(NodeLifecycle.class)
public final class GrpcExposureAutoConfiguration {

    static final String GRPC_SERVER = "org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration";

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = GRPC_SERVER)
    static class ServicesConfiguration {

        @Bean
        ApiServices dengineApiServices(NodeLifecycle node) {
            ApiSettings api = node.config().api();
            if (api == null) {
                throw new InvalidConfigException(
                        "api.address",
                        "it is not set, but the API is exposed",
                        "Set it to where clients reach this server");
            }
            return new ApiServices(node.config(), api, node.served());
        }

        @Bean
        BindableService dengineKeyValueService(ApiServices services) {
            return services.keyValue();
        }

        @Bean
        BindableService dengineWatchService(ApiServices services) {
            return services.watch();
        }

        @Bean
        BindableService dengineClusterService(ApiServices services) {
            return services.cluster();
        }

        @Bean
        BindableService dengineCompatClientService(ApiServices services) {
            return services.compatClient();
        }

        @Bean
        BindableService dengineCompatClusterService(ApiServices services) {
            return services.compatCluster();
        }

        /** Before the server stops, which would wait for streams that never end by themselves. */
        @Bean
        ApplicationListener<ContextClosedEvent> dengineStreamsEnd(ApiServices services, ApplicationContext own) {
            return closed -> {
                if (closed.getApplicationContext() == own) {
                    services.endStreams();
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass(GRPC_SERVER)
    static class NoServerConfiguration {

        NoServerConfiguration() {
            throw new InvalidConfigException(
                    "api.expose",
                    "it is spring-grpc, and this application has no gRPC server of Spring Boot",
                    "Add the dependency org.springframework.boot:spring-boot-starter-grpc-server, or leave the property out:"
                            + " with 'dengine.api.address' the node opens a port of its own");
        }
    }
}
