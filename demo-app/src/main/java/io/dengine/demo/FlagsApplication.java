package io.dengine.demo;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

/**
 * Feature flags, kept in dengine inside this application. Read {@link FlagStore} first: it is all that touches the
 * store; then {@link FlagStreams}, which keeps every open page live.
 */
@SpringBootApplication(proxyBeanMethods = false)
final class FlagsApplication {

    private static final Logger log = LoggerFactory.getLogger(FlagsApplication.class);

    private final Environment environment;

    FlagsApplication(Environment environment) {
        this.environment = environment;
    }

    public static void main(String[] args) {
        SpringApplication.run(FlagsApplication.class, args);
    }

    @EventListener(ApplicationReadyEvent.class)
    void sayWhereToLook() {
        String port = environment.getProperty("local.server.port");
        log.info(port == null ? "the engine runs, without the web part" : "flags is up: http://localhost:" + port);
    }
}
