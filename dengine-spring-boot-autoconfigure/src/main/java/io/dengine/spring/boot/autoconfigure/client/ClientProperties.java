package io.dengine.spring.boot.autoconfigure.client;

import io.dengine.client.grpc.ClientSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the client, with dengine.mode=client. What is not set keeps the default that {@code
 * io.dengine.client.grpc.ClientSettings} states; values are checked there. Immutable.
 *
 * @param endpoints API addresses (host:port) of one member of the cluster or more. The client learns the others from them.
 * @param requestTimeout How long a request may wait for its answer, retries included.
 * @param calls How operations travel: stream (many on one) or unary (each as a call of its own).
 * @param retry How what was refused is tried again.
 * @param watch Bounds on watches.
 * @param ssl TLS towards the nodes.
 */
@ConfigurationProperties("dengine.client")
public record ClientProperties(
        @DefaultValue List<String> endpoints,
        @Nullable Duration requestTimeout,
        ClientSettings.@Nullable Calls calls,
        @DefaultValue Retry retry,
        @DefaultValue Watch watch,
        @DefaultValue Ssl ssl) {

    /**
     * TLS towards the nodes.
     *
     * @param bundle SSL bundle with a trust store, and a key store if nodes want a certificate. Plaintext without one.
     */
    public record Ssl(@Nullable String bundle) {}

    /**
     * How what was refused is tried again. What may have happened never is.
     *
     * @param firstBackoff Pause before the second try, doubled for each further one.
     * @param maxBackoff Longest pause.
     * @param maxPerSecond Most retries of all operations together in a second; 0 for none.
     */
    public record Retry(
            @Nullable Duration firstBackoff,
            @Nullable Duration maxBackoff,
            @Nullable Integer maxPerSecond) {}

    /**
     * Bounds on watches.
     *
     * @param maxWatches Most watches of this client.
     * @param bufferedEvents Most changes that wait for one listener in memory; beyond it the watch catches up from the
     *     history later.
     */
    public record Watch(
            @Nullable Integer maxWatches, @Nullable Integer bufferedEvents) {}
}
