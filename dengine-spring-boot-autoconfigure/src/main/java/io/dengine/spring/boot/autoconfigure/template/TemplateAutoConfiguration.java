package io.dengine.spring.boot.autoconfigure.template;

import io.dengine.api.CoordinationClient;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.core.BytesValueConverter;
import io.dengine.spring.core.CoordinationOperations;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.core.JsonValueConverter;
import io.dengine.spring.core.StringValueConverter;
import io.dengine.spring.core.ValueConverter;
import io.dengine.spring.core.ValueConverters;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** Auto-configuration of {@link CoordinationTemplate} over whatever {@link CoordinationClient} there is. */
@AutoConfiguration(
        after = NodeAutoConfiguration.class,
        afterName = "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration")
@ConditionalOnBean(CoordinationClient.class)
@EnableConfigurationProperties(TemplateProperties.class)
public final class TemplateAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ValueConverters dengineValueConverters(ObjectProvider<ValueConverter> converters) {
        List<ValueConverter> builtIn = List.of(new BytesValueConverter(), new StringValueConverter());
        List<ValueConverter> others = converters.orderedStream().toList();
        Stream<ValueConverter> own = others.stream().filter(converter -> !(converter instanceof JsonValueConverter));
        Stream<ValueConverter> json = others.stream().filter(JsonValueConverter.class::isInstance);
        return new ValueConverters(
                Stream.of(own, builtIn.stream(), json).flatMap(stream -> stream).toList());
    }

    @Bean
    @ConditionalOnMissingBean(CoordinationOperations.class)
    CoordinationTemplate coordinationTemplate(
            CoordinationClient client, ValueConverters converters, TemplateProperties properties) {
        return new CoordinationTemplate(client, converters, properties.consistency());
    }

    /** JSON where Jackson 3 is present: by the application's mapper, or a plain one. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JsonMapper.class)
    static class JsonConfiguration {

        @Bean
        @ConditionalOnMissingBean
        JsonValueConverter dengineJsonValueConverter(ObjectProvider<JsonMapper> mapper) {
            return new JsonValueConverter(mapper.getIfUnique(JsonMapper::shared));
        }
    }
}
