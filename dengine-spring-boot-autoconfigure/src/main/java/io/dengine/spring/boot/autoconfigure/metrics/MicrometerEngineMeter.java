package io.dengine.spring.boot.autoconfigure.metrics;

import io.dengine.api.ReadConsistency;
import io.dengine.node.EngineMeter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Times what the engine does as it happens. Thread-safe: the maps are not written after construction. */
final class MicrometerEngineMeter implements EngineMeter {

    private final Map<Outcome, Timer> proposals;
    private final Map<ReadConsistency, Timer> reads;
    private final Timer fsync;

    MicrometerEngineMeter(MeterRegistry registry) {
        this.proposals = timers(
                Outcome.class,
                outcome -> Timer.builder("dengine.proposals")
                        .description("Writes answered to their callers")
                        .tag("outcome", lowerCase(outcome))
                        .register(registry));
        this.reads = timers(
                ReadConsistency.class,
                consistency -> Timer.builder("dengine.reads")
                        .description("Reads answered to their callers")
                        .tag("consistency", lowerCase(consistency))
                        .register(registry));
        this.fsync = Timer.builder("dengine.log.fsync")
                .description("Flushes of the log to disk")
                .register(registry);
    }

    private static <E extends Enum<E>> Map<E, Timer> timers(Class<E> type, Function<E, Timer> timer) {
        Map<E, Timer> timers = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            timers.put(constant, timer.apply(constant));
        }
        return timers;
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void proposal(Outcome outcome, long nanos) {
        Objects.requireNonNull(proposals.get(outcome)).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void read(ReadConsistency consistency, long nanos) {
        Objects.requireNonNull(reads.get(consistency)).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void fsync(long nanos) {
        fsync.record(nanos, TimeUnit.NANOSECONDS);
    }
}
