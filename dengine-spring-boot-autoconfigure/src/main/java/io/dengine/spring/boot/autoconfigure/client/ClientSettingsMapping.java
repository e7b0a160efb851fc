package io.dengine.spring.boot.autoconfigure.client;

import io.dengine.client.grpc.ClientSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The one place where properties become the client's settings: what is not set keeps the client's default. */
final class ClientSettingsMapping {

    private ClientSettingsMapping() {}

    static ClientSettings toSettings(ClientProperties set, DengineConnectionDetails details) {
        ClientSettings defaults = ClientSettings.of(String.join(",", details.getEndpoints()));
        Duration requestTimeout = set.requestTimeout();
        return (requestTimeout == null ? defaults : defaults.withRequestTimeout(requestTimeout))
                .withCalls(or(set.calls(), defaults.calls()))
                .withRetry(new ClientSettings.Retry(
                        or(set.retry().firstBackoff(), defaults.retry().firstBackoff()),
                        or(set.retry().maxBackoff(), defaults.retry().maxBackoff()),
                        or(set.retry().maxPerSecond(), defaults.retry().maxPerSecond())))
                .withWatches(new ClientSettings.Watches(
                        or(set.watch().maxWatches(), defaults.watches().maxWatches()),
                        or(set.watch().bufferedEvents(), defaults.watches().bufferedEvents())));
    }

    private static <T> T or(@Nullable T set, T fallback) {
        return set == null ? fallback : set;
    }
}
