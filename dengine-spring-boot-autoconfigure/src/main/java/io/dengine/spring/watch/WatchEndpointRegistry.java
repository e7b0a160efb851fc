package io.dengine.spring.watch;

import io.dengine.api.CoordinationClient;
import io.dengine.spring.core.ValueConverters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.Assert;

/**
 * All watches of the application, by id: starts them with the context, stops them with it, and one by one on demand.
 * Thread-safe.
 *
 * <p>A watch that is started again goes on where it stopped. A pause of the context (Framework 7) stops what runs, a
 * restart starts just that again.
 */
public final class WatchEndpointRegistry implements SmartLifecycle {

    /** Started after the node, stopped before it and before the web server's end. */
    public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 100;

    private static final long STOP_TIMEOUT_MILLIS = 10_000;

    private final CoordinationClient client;
    private final ValueConverters converters;
    private final Executor executor;
    private final WatchErrorHandler defaultErrorHandler;
    private final Map<String, WatchContainer> containers = new LinkedHashMap<>();
    private final List<WatchContainer> toStart = new ArrayList<>();
    private boolean running;

    /**
     * Creates an empty registry.
     *
     * @param client the store to watch
     * @param converters how values become parameters
     * @param executor runs each started watch as one task for as long as it is started, so it must not queue
     * @param defaultErrorHandler for endpoints that name none
     */
    public WatchEndpointRegistry(
            CoordinationClient client,
            ValueConverters converters,
            Executor executor,
            WatchErrorHandler defaultErrorHandler) {
        this.client = client;
        this.converters = converters;
        this.executor = executor;
        this.defaultErrorHandler = defaultErrorHandler;
    }

    /**
     * Adds a watch; it starts with the registry, or now if that is running, unless {@code autoStartup} is off.
     *
     * @throws IllegalStateException if the id is taken, or the method's parameters cannot be filled
     */
    public synchronized void register(WatchEndpoint endpoint) {
        WatchContainer container = new WatchContainer(endpoint, client, converters, defaultErrorHandler, executor);
        WatchContainer taken = containers.putIfAbsent(endpoint.id(), container);
        Assert.state(
                taken == null,
                () -> "two watches have the id '" + endpoint.id() + "': set @WatchKey(id = ...) on "
                        + endpoint.method());
        if (endpoint.autoStartup()) {
            if (running) {
                container.start();
            } else {
                toStart.add(container);
            }
        }
    }

    /** Returns the ids of all watches, in the order they were registered. */
    public synchronized Set<String> ids() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(containers.keySet()));
    }

    /**
     * Returns whether the watch is started; one whose error handler threw is not.
     *
     * @throws IllegalArgumentException if there is no such watch
     */
    public boolean isRunning(String id) {
        return container(id).isRunning();
    }

    /**
     * Starts a watch where it stopped; nothing happens if it runs.
     *
     * @throws IllegalArgumentException if there is no such watch
     */
    public void start(String id) {
        container(id).start();
    }

    /**
     * Stops a watch and waits up to 10 s for the call of its method that is under way, unless called from it.
     *
     * @throws IllegalArgumentException if there is no such watch
     */
    public void stop(String id) {
        WatchContainer container = container(id);
        container.requestStop();
        container.awaitStop(STOP_TIMEOUT_MILLIS);
    }

    private synchronized WatchContainer container(String id) {
        WatchContainer container = containers.get(id);
        Assert.notNull(container, () -> "there is no watch '" + id + "', only " + containers.keySet());
        return container;
    }

    @Override
    public synchronized void start() {
        if (!running) {
            running = true;
            toStart.forEach(WatchContainer::start);
            toStart.clear();
        }
    }

    @Override
    public void stop() {
        List<WatchContainer> stopping;
        synchronized (this) {
            if (!running) {
                return;
            }
            running = false;
            stopping = containers.values().stream()
                    .filter(WatchContainer::isRunning)
                    .toList();
            toStart.addAll(stopping);
        }
        stopping.forEach(WatchContainer::requestStop);
        stopping.forEach(container -> container.awaitStop(STOP_TIMEOUT_MILLIS));
    }

    @Override
    public synchronized boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
