package io.dengine.example.discovery;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one instance of a service listed for as long as its process lives: a key with a TTL, written anew three times in that
 * time. When the process dies the key goes by itself. Thread-safe.
 */
public final class Registration implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Registration.class);
    private static final int RENEWALS = 3;

    private final BlockingCoordinationClient store;
    private final ByteSequence key;
    private final ByteSequence address;
    private final Duration ttl;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> renewals;

    /** Lists {@code instance} of {@code service}; returns when it is listed. */
    public Registration(
            BlockingCoordinationClient store, String service, String instance, String address, Duration ttl) {
        this.store = store;
        this.key = ByteSequence.of("/services/" + service + "/" + instance);
        this.address = ByteSequence.of(address);
        this.ttl = ttl;
        store.put(key, this.address, ttl);
        long periodNanos = ttl.toNanos() / RENEWALS;
        this.renewals = timer.scheduleWithFixedDelay(this::renew, periodNanos, periodNanos, TimeUnit.NANOSECONDS);
    }

    /** Whatever went wrong, the next renewal tries again; until the TTL ends nobody notices. */
    private void renew() {
        try {
            store.put(key, address, ttl);
        } catch (CoordinationException e) {
            log.warn("{} was not renewed: {}", key, e.getMessage());
        }
    }

    /** Stops as a process that dies does: nothing is deleted, the key goes when its TTL ends. */
    void abandon() {
        renewals.cancel(false);
        timer.shutdown();
    }

    /** Takes the instance off the list. */
    @Override
    public void close() {
        abandon();
        store.delete(key);
    }
}
