package io.dengine.spring.core;

import io.dengine.api.CompareAndSetResult;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.ScanResult;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Turns the client's results into typed ones.
 *
 * @param converters how bytes become values
 * @param type what the values are read as
 * @param <T> the values' type
 */
record ValueReader<T>(ValueConverters converters, Class<T> type) {

    /** Returns a reader of the class of {@code value}: what it reads is a {@code T} again. */
    @SuppressWarnings("unchecked")
    static <T> ValueReader<T> like(T value, ValueConverters converters) {
        return new ValueReader<>(converters, (Class<T>) value.getClass());
    }

    @Nullable
    Versioned<T> get(GetResult result) {
        return result.entry() == null ? null : versioned(result.entry());
    }

    VersionedPage<T> getAll(MultiGetResult result) {
        return page(result.revision(), result.entries().values(), false);
    }

    VersionedPage<T> scan(ScanResult result) {
        return page(result.revision(), result.entries(), result.more());
    }

    CompareAndSetOutcome<T> compareAndSet(CompareAndSetResult result) {
        KeyValue current = result.current();
        return new CompareAndSetOutcome<>(
                result.succeeded(), result.revision(), current == null ? null : versioned(current));
    }

    private VersionedPage<T> page(long revision, Collection<KeyValue> entries, boolean more) {
        return new VersionedPage<>(
                revision, entries.stream().map(this::versioned).toList(), more);
    }

    private Versioned<T> versioned(KeyValue entry) {
        String key = entry.key().utf8();
        return new Versioned<>(
                key,
                converters.fromBytes(key, entry.value(), type),
                entry.createRevision(),
                entry.modRevision(),
                entry.version());
    }
}
