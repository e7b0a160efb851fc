package io.dengine.transport.netty;

import java.time.Duration;

/**
 * Times that nobody needs to configure.
 *
 * @param bulkIdle after which a connection for parts of snapshots closes that is not used
 * @param joinAnswer how long this node may take to decide on a request to join
 */
record Patience(Duration bulkIdle, Duration joinAnswer) {

    static final Patience DEFAULT = new Patience(Duration.ofSeconds(30), Duration.ofSeconds(5));

    long joinAnswerMillis() {
        return joinAnswer.toMillis();
    }
}
