package io.dengine.spring.watch;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

/**
 * A watch to run: a {@link WatchKey} with its placeholders resolved, or one registered by hand.
 *
 * @param id names the watch, unique in the registry
 * @param key the key, or the prefix
 * @param prefix whether {@code key} is a prefix
 * @param initial whether existing keys are delivered first
 * @param autoStartup whether it starts with the registry
 * @param bean the object to call
 * @param method the method to call, invocable on {@code bean}
 * @param errorHandler gets what the method throws; null for the registry's default
 */
public record WatchEndpoint(
        String id,
        String key,
        boolean prefix,
        boolean initial,
        boolean autoStartup,
        Object bean,
        Method method,
        @Nullable WatchErrorHandler errorHandler) {

    public WatchEndpoint {
        Assert.hasText(id, "a watch needs an id");
        Assert.isTrue(!key.isEmpty(), () -> "watch '" + id + "' needs a key or a prefix");
    }
}
