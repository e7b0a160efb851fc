package io.dengine.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.config.InvalidConfigException;
import io.dengine.spring.boot.autoconfigure.node.NodeProperties;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the table says is so: beside Spring's properties, the engine's own checks, and the page that is made from it. */
class KeysTest {

    private static final Path REFERENCE = Path.of("../docs/configuration.md");

    @Test
    void namesAreThoseOfTheSpringProperties() {
        Set<String> spring = new HashSet<>();
        collect("", NodeProperties.class, spring);
        spring.removeAll(Keys.ONLY_IN_SPRING);
        spring.removeAll(Keys.REFUSED_HERE.keySet());
        Keys.NOT_IN_SPRING.forEach(key -> spring.add(key.name()));
        Set<String> keys =
                Keys.ALL.stream().map(key -> key.name().replace(".<id>", "")).collect(Collectors.toSet());
        assertThat(keys).isEqualTo(spring);
    }

    private static void collect(String prefix, Class<?> properties, Set<String> names) {
        for (RecordComponent component : properties.getRecordComponents()) {
            String name =
                    prefix + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (component.getType().isRecord()) {
                collect(name + ".", component.getType(), names);
            } else {
                names.add(name);
            }
        }
    }

    static Stream<Key<?>> keysWithTwoBounds() {
        return Keys.ALL.stream()
                .filter(key ->
                        key.range().matches("\\d\\S* to \\d\\S*") || key.range().matches("\\d\\S* or more"));
    }

    @ParameterizedTest
    @MethodSource("keysWithTwoBounds")
    void rangeIsTheOneTheEngineChecks(Key<?> key) {
        String[] bounds = key.range().split(" to | or more", -1);
        assertThat(complaintAbout(key, bounds[0])).isNull();
        assertThat(complaintAbout(key, moved(key, bounds[0], -1))).isNotNull();
        if (!key.range().endsWith(" or more")) {
            assertThat(complaintAbout(key, bounds[1])).isNull();
            assertThat(complaintAbout(key, moved(key, bounds[1], 1))).isNotNull();
        }
    }

    /** Returns what the reader has against a value of this very key; it may well ask to change another one with it. */
    private static String complaintAbout(Key<?> key, String value) {
        Map<String, String> environment = new TreeMap<>(Map.of(key.variable(), value));
        if (key.name().startsWith("api.")) {
            environment.put(Keys.API_ADDRESS.variable(), "127.0.0.1:7500"); // without it there is no such port
        }
        InvalidConfigException refused =
                catchThrowableOfType(InvalidConfigException.class, () -> SettingsReader.read(null, environment));
        return refused == null || !refused.setting().equals(key.name()) ? null : refused.getMessage();
    }

    private static String moved(Key<?> key, String text, int by) {
        Object value = key.type().parse().apply(text);
        if (value instanceof Duration duration) {
            return duration.toMillis() + by + "ms";
        }
        long moved = ((Number) value).longValue() + by;
        return key.type().name().equals("size") ? moved + "B" : String.valueOf(moved);
    }

    @Test
    void defaultsAreWrittenAsTheyAreRead() {
        Map<String, String> environment = new TreeMap<>();
        Keys.ALL.forEach(key -> {
            if (!key.defaultText().isEmpty()) {
                environment.put(key.variable(), key.defaultText());
            }
        });
        assertThat(environment).hasSizeGreaterThan(25);
        assertThat(SettingsReader.read(null, environment)).isEqualTo(ServerSettings.DEFAULT);
    }

    @Test
    void referenceIsTheOneMadeFromTheTable() throws IOException {
        String markdown = ConfigurationReference.markdown();
        if (Boolean.getBoolean("dengine.docs.write")) {
            Files.writeString(REFERENCE, markdown);
        }
        assertThat(Files.exists(REFERENCE) ? Files.readString(REFERENCE, StandardCharsets.UTF_8) : "")
                .as("docs/configuration.md is stale. Make it anew: mvn -B test -pl dengine-server -am -Dtest=KeysTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Ddengine.docs.write=true")
                .isEqualTo(markdown);
    }
}
