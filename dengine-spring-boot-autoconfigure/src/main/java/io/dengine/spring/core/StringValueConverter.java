package io.dengine.spring.core;

import io.dengine.api.ByteSequence;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Strings as UTF-8. Text or bytes that are not well-formed are an error, never replaced. Thread-safe. */
public final class StringValueConverter implements ValueConverter {

    @Override
    public boolean supports(Class<?> type) {
        return type == String.class;
    }

    @Override
    public ByteSequence toBytes(Object value) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap((String) value));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return ByteSequence.wrap(bytes);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the text has half a surrogate pair", e);
        }
    }

    @Override
    public <T> T fromBytes(ByteSequence bytes, Class<T> type) {
        try {
            return type.cast(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.array()))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the bytes are not UTF-8", e);
        }
    }
}
