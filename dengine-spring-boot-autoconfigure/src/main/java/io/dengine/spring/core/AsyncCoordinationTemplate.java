package io.dengine.spring.core;

import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;

/** The twin of {@link CoordinationTemplate} that returns futures. Thread-safe and immutable. */
public final class AsyncCoordinationTemplate {

    private final CoordinationClient client;
    private final ValueConverters converters;
    private final ReadConsistency consistency;

    AsyncCoordinationTemplate(CoordinationClient client, ValueConverters converters, ReadConsistency consistency) {
        this.client = client;
        this.converters = converters;
        this.consistency = consistency;
    }

    /** Returns the operations on single keys and prefixes. */
    public AsyncValueOperations opsForValue() {
        return new ClientValueOperations(client, converters, consistency);
    }

    /** Returns a copy whose reads have this consistency unless a call names another. */
    public AsyncCoordinationTemplate withConsistency(ReadConsistency consistency) {
        return new AsyncCoordinationTemplate(client, converters, consistency);
    }
}
