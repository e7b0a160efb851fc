package io.dengine.standalone;

import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One setting, with all that is known of it. Immutable.
 *
 * @param <T> what its values are
 * @param name as it is written in a file, below {@code dengine}
 * @param type how its values are written
 * @param defaultValue the value where none is set, given the engine's defaults; null for none
 * @param range which values are allowed: two of them around " to ", a sentence, or empty where the type says it all
 * @param description for the reference, in Markdown
 */
record Key<T>(
        String name,
        ValueType<T> type,
        Function<ServerSettings, @Nullable T> defaultValue,
        String range,
        String description) {

    static final String ENVIRONMENT_PREFIX = "DENGINE_";

    /** Returns the environment variable that sets it. */
    String variable() {
        return ENVIRONMENT_PREFIX
                + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** Returns the default as it would be written; empty if there is none. */
    String defaultText() {
        T value = defaultValue.apply(ServerSettings.DEFAULT);
        return value == null ? "" : type.format().apply(value);
    }
}
