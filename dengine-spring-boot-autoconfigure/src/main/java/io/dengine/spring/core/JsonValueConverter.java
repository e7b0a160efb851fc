package io.dengine.spring.core;

import io.dengine.api.ByteSequence;
import tools.jackson.databind.json.JsonMapper;

/** Any other type as JSON in UTF-8, by Jackson 3. Ask it last: it supports every type. Thread-safe. */
public final class JsonValueConverter implements ValueConverter {

    private final JsonMapper mapper;

    /**
     * Creates the converter.
     *
     * @param mapper how to write and read; what it writes must stay readable by later versions of the application
     */
    public JsonValueConverter(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public boolean supports(Class<?> type) {
        return true;
    }

    @Override
    public ByteSequence toBytes(Object value) {
        return ByteSequence.wrap(mapper.writeValueAsBytes(value));
    }

    @Override
    public <T> T fromBytes(ByteSequence bytes, Class<T> type) {
        T value = mapper.readValue(bytes.array(), type);
        if (value == null) {
            throw new IllegalArgumentException("the JSON is null");
        }
        return value;
    }
}
