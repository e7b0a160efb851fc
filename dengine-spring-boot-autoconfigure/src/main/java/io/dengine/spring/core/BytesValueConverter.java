package io.dengine.spring.core;

import io.dengine.api.ByteSequence;

/** Bytes as they are: {@code byte[]} (copied both ways) and {@link ByteSequence}. Thread-safe. */
public final class BytesValueConverter implements ValueConverter {

    @Override
    public boolean supports(Class<?> type) {
        return type == byte[].class || type == ByteSequence.class;
    }

    @Override
    public ByteSequence toBytes(Object value) {
        return value instanceof byte[] bytes ? ByteSequence.copyOf(bytes) : (ByteSequence) value;
    }

    @Override
    public <T> T fromBytes(ByteSequence bytes, Class<T> type) {
        return type.cast(type == byte[].class ? bytes.toByteArray() : bytes);
    }
}
