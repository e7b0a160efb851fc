package io.dengine.spring.boot.autoconfigure.watch;

import io.dengine.api.CoordinationClient;
import io.dengine.spring.boot.autoconfigure.template.TemplateAutoConfiguration;
import io.dengine.spring.core.ValueConverters;
import io.dengine.spring.watch.LoggingWatchErrorHandler;
import io.dengine.spring.watch.WatchEndpointRegistry;
import io.dengine.spring.watch.WatchErrorHandler;
import io.dengine.spring.watch.WatchKeyBeanPostProcessor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/** Auto-configuration of {@link io.dengine.spring.watch.WatchKey @WatchKey} methods. */
@AutoConfiguration(after = TemplateAutoConfiguration.class)
@ConditionalOnBean({CoordinationClient.class, ValueConverters.class})
public final class WatchAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    static WatchKeyBeanPostProcessor watchKeyBeanPostProcessor() {
        return new WatchKeyBeanPostProcessor();
    }

    /** The executor is no bean of its own: one would make Boot's application task executor back off. */
    @Bean
    @ConditionalOnMissingBean
    WatchEndpointRegistry watchEndpointRegistry(
            CoordinationClient client,
            ValueConverters converters,
            ObjectProvider<WatchErrorHandler> errorHandler,
            Environment environment) {
        SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("dengine-watch-");
        executor.setVirtualThreads(Threading.VIRTUAL.isActive(environment));
        return new WatchEndpointRegistry(
                client, converters, executor, errorHandler.getIfUnique(LoggingWatchErrorHandler::new));
    }
}
