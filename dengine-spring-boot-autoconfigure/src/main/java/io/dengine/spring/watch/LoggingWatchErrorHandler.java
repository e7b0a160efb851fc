package io.dengine.spring.watch;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the failure at error and lets the watch go on. The default. Thread-safe. */
public final class LoggingWatchErrorHandler implements WatchErrorHandler {

    private static final Logger log = LoggerFactory.getLogger(LoggingWatchErrorHandler.class);

    @Override
    public void handle(Failure failure) {
        log.error(
                "watch '{}' failed on {} of '{}' at revision {} and goes on",
                failure.watchId(),
                failure.type(),
                failure.key(),
                failure.revision(),
                failure.cause());
    }
}
