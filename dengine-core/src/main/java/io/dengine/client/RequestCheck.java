package io.dengine.client;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.api.ScanRequest;
import io.dengine.api.WatchRequest;
import io.dengine.command.Command;
import io.dengine.config.Limits;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses what is ill-formed or beyond a limit, before anything is sent or stored. Thread-safe. */
public final class RequestCheck {

    /** The most keys that one read may ask for. */
    private static final int MAX_KEYS_PER_READ = 10_000;

    private final Limits limits;

    public RequestCheck(Limits limits) {
        this.limits = limits;
    }

    public Command.Put put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        key(key);
        value(value);
        return new Command.Put(key, value, ttlMillis(ttl));
    }

    public Command.Delete delete(ByteSequence key) {
        key(key);
        return new Command.Delete(key);
    }

    public Command.CompareAndSet compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        key(key);
        value(value);
        if (expected instanceof Expectation.Value expectedValue) {
            value(expectedValue.value());
        }
        return new Command.CompareAndSet(key, expected, value, ttlMillis(ttl));
    }

    public void key(ByteSequence key) {
        if (key.isEmpty()) {
            throw new RefusedException(Reason.INVALID, "the key is empty: a key has 1 byte or more");
        }
        bounded("key", key.length(), limits.maxKeyBytes());
    }

    public void keys(List<ByteSequence> keys) {
        if (keys.size() > MAX_KEYS_PER_READ) {
            throw new RefusedException(
                    Reason.TOO_LARGE,
                    keys.size() + " keys in one read: ask for at most " + MAX_KEYS_PER_READ + " at a time");
        }
        keys.forEach(this::key);
    }

    public void scan(ScanRequest request) {
        bounded("prefix", request.prefix().length(), limits.maxKeyBytes());
        if (request.limit() < 1 || request.limit() > ScanRequest.MAX_LIMIT) {
            throw new RefusedException(
                    Reason.INVALID,
                    "a scan limit of " + request.limit() + ": give one from 1 to " + ScanRequest.MAX_LIMIT);
        }
    }

    public void watch(WatchRequest request) {
        bounded("watched key", request.key().length(), limits.maxKeyBytes());
    }

    private void value(ByteSequence value) {
        bounded("value", value.length(), limits.maxValueBytes());
    }

    private static void bounded(String what, int length, int limit) {
        if (length > limit) {
            throw new RefusedException(
                    Reason.TOO_LARGE, "the " + what + " has " + length + " bytes, the limit is " + limit);
        }
    }

    private static long ttlMillis(@Nullable Duration ttl) {
        if (ttl == null) {
            return 0;
        }
        if (ttl.compareTo(Duration.ofMillis(1)) < 0 || ttl.compareTo(MAX_TTL) > 0) {
            throw new RefusedException(
                    Reason.INVALID, "a TTL of " + ttl + ": give one from 1 ms to " + MAX_TTL.toDays() + " days");
        }
        return ttl.toMillis();
    }

    private static final Duration MAX_TTL = Duration.ofDays(36_500);
}
