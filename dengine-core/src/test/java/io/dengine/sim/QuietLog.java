package io.dengine.sim;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the engine's log silent: under a nemesis it would tell of nothing but what was done to it on purpose. */
final class QuietLog implements AutoCloseable {

    private final Logger log = (Logger) LoggerFactory.getLogger("io.dengine");
    private final Level before = log.getLevel();

    QuietLog() {
        log.setLevel(Level.OFF);
    }

    @Override
    public void close() {
        log.setLevel(before);
    }
}
