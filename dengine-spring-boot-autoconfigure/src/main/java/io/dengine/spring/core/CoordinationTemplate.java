package io.dengine.spring.core;

import io.dengine.api.CoordinationClient;
import io.dengine.api.ReadConsistency;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

/**
 * The store as a Spring application uses it: keys are strings (UTF-8), values are converted by {@link ValueConverters}.
 * Thread-safe and immutable; one instance serves the whole application.
 *
 * <pre>{@code
 * Versioned<Flag> seen = template.opsForValue().get("/flags/dark-mode", Flag.class);
 * var outcome = template.opsForValue().compareAndSet("/flags/dark-mode", seen.modRevision(), changed);
 * }</pre>
 *
 * <p>Failures are those of {@link io.dengine.api.CoordinationException}: refused (nothing happened), indeterminate (it
 * may have happened), fatal (this node has left the cluster). A value that cannot be converted is a {@link
 * ValueConversionException}; on a write it is thrown before anything is sent.
 */
public final class CoordinationTemplate implements CoordinationOperations {

    private final CoordinationClient client;
    private final ValueConverters converters;
    private final ReadConsistency consistency;
    private final @Nullable Duration timeout;

    /**
     * Creates a template that waits as long as the engine's request timeout.
     *
     * @param client the store
     * @param converters how values become bytes
     * @param consistency of reads that name none
     */
    public CoordinationTemplate(CoordinationClient client, ValueConverters converters, ReadConsistency consistency) {
        this(client, converters, consistency, null);
    }

    private CoordinationTemplate(
            CoordinationClient client,
            ValueConverters converters,
            ReadConsistency consistency,
            @Nullable Duration timeout) {
        this.client = client;
        this.converters = converters;
        this.consistency = consistency;
        this.timeout = timeout;
    }

    @Override
    public ValueOperations opsForValue() {
        return new BlockingValueOperations(
                timeout == null ? client.blocking() : new TimeLimitedClient(client, timeout), converters, consistency);
    }

    @Override
    public AsyncCoordinationTemplate async() {
        return new AsyncCoordinationTemplate(client, converters, consistency);
    }

    @Override
    public CoordinationTemplate withConsistency(ReadConsistency consistency) {
        return new CoordinationTemplate(client, converters, consistency, timeout);
    }

    @Override
    public CoordinationTemplate withTimeout(Duration timeout) {
        Assert.isTrue(timeout.compareTo(Duration.ZERO) > 0, () -> "timeout must be above 0: " + timeout);
        return new CoordinationTemplate(client, converters, consistency, timeout);
    }
}
