package io.dengine.spring.core;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The typed operations over the blocking client, which reads and waits on the caller's thread. */
final class BlockingValueOperations implements ValueOperations {

    private final BlockingCoordinationClient client;
    private final ValueConverters converters;
    private final ReadConsistency consistency;

    BlockingValueOperations(
            BlockingCoordinationClient client, ValueConverters converters, ReadConsistency consistency) {
        this.client = client;
        this.converters = converters;
        this.consistency = consistency;
    }

    @Override
    public long put(String key, Object value, @Nullable Duration ttl) {
        return client.put(ByteSequence.of(key), converters.toBytes(key, value), ttl)
                .revision();
    }

    @Override
    public <T> CompareAndSetOutcome<T> putIfAbsent(String key, T value, @Nullable Duration ttl) {
        return compareAndSet(key, Expectation.absent(), value, ttl);
    }

    @Override
    public <T> CompareAndSetOutcome<T> compareAndSet(
            String key, long expectedModRevision, T value, @Nullable Duration ttl) {
        return compareAndSet(key, Expectation.modRevision(expectedModRevision), value, ttl);
    }

    @Override
    public <T> CompareAndSetOutcome<T> compareAndSetValue(String key, T expected, T value) {
        return compareAndSet(key, Expectation.value(converters.toBytes(key, expected)), value, null);
    }

    private <T> CompareAndSetOutcome<T> compareAndSet(
            String key, Expectation expected, T value, @Nullable Duration ttl) {
        ByteSequence bytes = converters.toBytes(key, value);
        return ValueReader.like(value, converters)
                .compareAndSet(client.compareAndSet(ByteSequence.of(key), expected, bytes, ttl));
    }

    @Override
    public boolean delete(String key) {
        return client.delete(ByteSequence.of(key)).deleted();
    }

    @Override
    public <T> @Nullable Versioned<T> get(String key, Class<T> type) {
        return get(key, type, consistency);
    }

    @Override
    public <T> @Nullable Versioned<T> get(String key, Class<T> type, ReadConsistency consistency) {
        return new ValueReader<>(converters, type).get(client.get(ByteSequence.of(key), consistency));
    }

    @Override
    public <T> VersionedPage<T> getAll(Collection<String> keys, Class<T> type) {
        return getAll(keys, type, consistency);
    }

    @Override
    public <T> VersionedPage<T> getAll(Collection<String> keys, Class<T> type, ReadConsistency consistency) {
        return new ValueReader<>(converters, type)
                .getAll(client.getAll(keys.stream().map(ByteSequence::of).toList(), consistency));
    }

    @Override
    public <T> VersionedPage<T> scan(String prefix, int limit, Class<T> type) {
        return scan(prefix, limit, type, consistency);
    }

    @Override
    public <T> VersionedPage<T> scan(String prefix, int limit, Class<T> type, ReadConsistency consistency) {
        return new ValueReader<>(converters, type).scan(client.scan(page(prefix, limit), consistency));
    }

    @Override
    public <T> VersionedPage<T> scanAfter(String prefix, String after, int limit, Class<T> type) {
        ScanRequest request = page(prefix, limit).withAfter(ByteSequence.of(after));
        return new ValueReader<>(converters, type).scan(client.scan(request, consistency));
    }

    private static ScanRequest page(String prefix, int limit) {
        return ScanRequest.prefix(ByteSequence.of(prefix)).withLimit(limit);
    }
}
