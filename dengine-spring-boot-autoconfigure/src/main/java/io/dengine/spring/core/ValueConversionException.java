package io.dengine.spring.core;

import org.jspecify.annotations.Nullable;

/** A value could not be turned into bytes, or bytes not into the type asked for. Retrying cannot help. */
public final class ValueConversionException extends IllegalArgumentException {

    private final String key;
    private final transient Class<?> type;

    ValueConversionException(String key, Class<?> type, String problem, @Nullable Throwable cause) {
        super("key '" + key + "': " + problem, cause);
        this.key = key;
        this.type = type;
    }

    /** Returns the key of the value. */
    public String key() {
        return key;
    }

    /** Returns the type that was converted from or to. */
    public Class<?> type() {
        return type;
    }
}
