package io.dengine.spring.watch;

import io.dengine.api.CoordinationClient;
import io.dengine.spring.core.ValueConverters;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one endpoint: one subscription and one thread while started. Thread-safe. */
final class WatchContainer {

    private static final Logger log = LoggerFactory.getLogger(WatchContainer.class);

    private final WatchEndpoint endpoint;
    private final CoordinationClient client;
    private final WatchMethodInvoker invoker;
    private final WatchErrorHandler errorHandler;
    private final Executor executor;
    private final WatchPosition position = new WatchPosition();
    private @Nullable WatchLoop loop;

    WatchContainer(
            WatchEndpoint endpoint,
            CoordinationClient client,
            ValueConverters converters,
            WatchErrorHandler defaultErrorHandler,
            Executor executor) {
        this.endpoint = endpoint;
        this.client = client;
        this.invoker = new WatchMethodInvoker(endpoint.bean(), endpoint.method(), converters);
        this.errorHandler = endpoint.errorHandler() == null ? defaultErrorHandler : endpoint.errorHandler();
        this.executor = executor;
    }

    WatchEndpoint endpoint() {
        return endpoint;
    }

    synchronized boolean isRunning() {
        return loop != null && loop.isRunning();
    }

    /** Goes on where the last run stopped. */
    synchronized void start() {
        if (!isRunning()) {
            loop = new WatchLoop(endpoint, client, invoker, errorHandler, position, loop);
            executor.execute(loop);
        }
    }

    synchronized void requestStop() {
        if (loop != null) {
            loop.requestStop();
        }
    }

    /** Waits for a run that was asked to stop; a method that takes longer is interrupted. */
    void awaitStop(long timeoutMillis) {
        WatchLoop stopping;
        synchronized (this) {
            stopping = loop;
        }
        try {
            if (stopping != null && !stopping.isRunning() && !stopping.awaitEnd(timeoutMillis)) {
                log.warn(
                        "watch '{}': its method still runs after {} ms and is interrupted",
                        endpoint.id(),
                        timeoutMillis);
                stopping.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
