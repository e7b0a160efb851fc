package io.dengine.spring.core;

import io.dengine.api.ByteSequence;

/**
 * Turns values of some types into bytes and back. Must be thread-safe. What it writes, every later version of the
 * application must still read: the bytes outlive the process.
 *
 * <p>A bean of this type is asked before the built-in converters, in {@link org.springframework.core.annotation.Order}.
 */
public interface ValueConverter {

    /** Returns whether this converter handles {@code type}, both ways. */
    boolean supports(Class<?> type);

    /**
     * Returns the bytes of {@code value}, whose class is supported.
     *
     * @throws RuntimeException if this value has no bytes; the caller gets it as the cause of a {@link
     *     ValueConversionException}
     */
    ByteSequence toBytes(Object value);

    /**
     * Returns the value of {@code bytes} as {@code type}, which is supported and never a primitive class.
     *
     * @throws RuntimeException if the bytes are not such a value; the caller gets it as the cause of a {@link
     *     ValueConversionException}
     */
    <T> T fromBytes(ByteSequence bytes, Class<T> type);
}
