package io.dengine.spring.boot.autoconfigure.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;
import io.dengine.spring.InMemoryClient;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.core.CoordinationOperations;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.core.ValueConversionException;
import io.dengine.spring.core.ValueConverter;
import io.dengine.spring.core.ValueConverters;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.json.JsonMapper;

class TemplateAutoConfigurationTest {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    NodeAutoConfiguration.class, TemplateAutoConfiguration.class, JacksonAutoConfiguration.class));
    private final ApplicationContextRunner withClient =
            contexts.withBean(CoordinationClient.class, InMemoryClient::new);

    record Point(int x, int y) {}

    @Test
    void noClientNoTemplate() {
        contexts.withPropertyValues("dengine.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(CoordinationTemplate.class));
    }

    @Test
    void valuesAreJsonByTheApplicationsMapper() {
        withClient
                .withPropertyValues("spring.jackson.property-naming-strategy=UPPER_CAMEL_CASE")
                .run(context -> {
                    CoordinationTemplate template = context.getBean(CoordinationTemplate.class);
                    template.opsForValue().put("p", new Point(1, 2));
                    assertThat(template.opsForValue().get("p", String.class).value())
                            .isEqualTo("{\"X\":1,\"Y\":2}");
                });
    }

    @Test
    void withoutJacksonTextAndBytesRemain() {
        withClient.withClassLoader(new FilteredClassLoader(JsonMapper.class)).run(context -> {
            CoordinationTemplate template = context.getBean(CoordinationTemplate.class);
            template.opsForValue().put("t", "text");
            assertThat(template.opsForValue().get("t", byte[].class).value())
                    .isEqualTo("text".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThatThrownBy(() -> template.opsForValue().put("p", new Point(1, 2)))
                    .isInstanceOf(ValueConversionException.class);
        });
    }

    @Test
    void ownConverterIsAskedBeforeTheBuiltInOnes() {
        withClient.withBean(PointConverter.class).run(context -> {
            CoordinationTemplate template = context.getBean(CoordinationTemplate.class);
            template.opsForValue().put("p", new Point(1, 2));
            assertThat(template.opsForValue().get("p", String.class).value()).isEqualTo("1/2");
            assertThat(template.opsForValue().get("p", Point.class).value()).isEqualTo(new Point(1, 2));
        });
    }

    @Test
    void ownOperationsTakeThePlaceOfTheTemplate() {
        withClient
                .withBean(
                        "mine",
                        CoordinationOperations.class,
                        () -> new CoordinationTemplate(
                                new InMemoryClient(), new ValueConverters(List.of()), ReadConsistency.LOCAL))
                .run(context -> assertThat(context)
                        .getBean(CoordinationOperations.class)
                        .isSameAs(context.getBean("mine")));
    }

    @Test
    void unknownConsistencyFailsTheStart() {
        withClient
                .withPropertyValues("dengine.read.consistency=eventual")
                .run(context ->
                        assertThat(context).hasFailed().getFailure().rootCause().hasMessageContaining("eventual"));
    }

    static class PointConverter implements ValueConverter {

        @Override
        public boolean supports(Class<?> type) {
            return type == Point.class;
        }

        @Override
        public ByteSequence toBytes(Object value) {
            Point point = (Point) value;
            return ByteSequence.of(point.x() + "/" + point.y());
        }

        @Override
        public <T> T fromBytes(ByteSequence bytes, Class<T> type) {
            String[] parts = bytes.utf8().split("/", -1);
            return type.cast(new Point(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])));
        }
    }
}
