package io.dengine.spring.core;

import io.dengine.api.ByteSequence;
import java.util.List;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/** The converters of an application, in the order they are asked. Thread-safe and immutable. */
public final class ValueConverters {

    private final List<ValueConverter> converters;

    /**
     * Creates the chain.
     *
     * @param converters the first that supports a type converts it
     */
    public ValueConverters(List<ValueConverter> converters) {
        this.converters = List.copyOf(converters);
    }

    /**
     * Returns the bytes of {@code value}.
     *
     * @throws ValueConversionException if no converter supports its class, or the one that does cannot convert it
     */
    public ByteSequence toBytes(String key, Object value) {
        Assert.notNull(value, () -> "key '" + key + "': a value must not be null; delete the key instead");
        Class<?> type = value.getClass();
        ValueConverter converter = converterFor(key, type);
        try {
            return converter.toBytes(value);
        } catch (RuntimeException e) {
            throw new ValueConversionException(key, type, "cannot write the " + type.getName() + " as bytes", e);
        }
    }

    /**
     * Returns the value of {@code bytes}.
     *
     * @throws ValueConversionException if no converter supports {@code type}, or the bytes are not such a value
     */
    public <T> T fromBytes(String key, ByteSequence bytes, Class<T> type) {
        @SuppressWarnings("unchecked") // Class<Integer> for int.class, which is a Class<Integer> too
        Class<T> boxed = (Class<T>) ClassUtils.resolvePrimitiveIfNecessary(type);
        ValueConverter converter = converterFor(key, boxed);
        try {
            return converter.fromBytes(bytes, boxed);
        } catch (RuntimeException e) {
            throw new ValueConversionException(
                    key, type, "cannot read its " + bytes.length() + " bytes as " + type.getName(), e);
        }
    }

    private ValueConverter converterFor(String key, Class<?> type) {
        for (ValueConverter converter : converters) {
            if (converter.supports(type)) {
                return converter;
            }
        }
        throw new ValueConversionException(
                key,
                type,
                "no ValueConverter supports " + type.getName()
                        + "; for JSON put Jackson 3 (tools.jackson.core:jackson-databind) on the class path",
                null);
    }
}
