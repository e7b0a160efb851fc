package io.dengine.spring.core;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The typed operations over the client's futures. */
final class ClientValueOperations implements AsyncValueOperations {

    private final CoordinationClient client;
    private final ValueConverters converters;
    private final ReadConsistency consistency;

    ClientValueOperations(CoordinationClient client, ValueConverters converters, ReadConsistency consistency) {
        this.client = client;
        this.converters = converters;
        this.consistency = consistency;
    }

    @Override
    public CompletableFuture<Long> put(String key, Object value, @Nullable Duration ttl) {
        return map(client.put(ByteSequence.of(key), converters.toBytes(key, value), ttl), PutResult::revision);
    }

    @Override
    public <T> CompletableFuture<CompareAndSetOutcome<T>> putIfAbsent(String key, T value, @Nullable Duration ttl) {
        return compareAndSet(key, Expectation.absent(), value, ttl);
    }

    @Override
    public <T> CompletableFuture<CompareAndSetOutcome<T>> compareAndSet(
            String key, long expectedModRevision, T value, @Nullable Duration ttl) {
        return compareAndSet(key, Expectation.modRevision(expectedModRevision), value, ttl);
    }

    @Override
    public <T> CompletableFuture<CompareAndSetOutcome<T>> compareAndSetValue(String key, T expected, T value) {
        return compareAndSet(key, Expectation.value(converters.toBytes(key, expected)), value, null);
    }

    private <T> CompletableFuture<CompareAndSetOutcome<T>> compareAndSet(
            String key, Expectation expected, T value, @Nullable Duration ttl) {
        ByteSequence bytes = converters.toBytes(key, value);
        return map(
                client.compareAndSet(ByteSequence.of(key), expected, bytes, ttl),
                ValueReader.like(value, converters)::compareAndSet);
    }

    @Override
    public CompletableFuture<Boolean> delete(String key) {
        return map(client.delete(ByteSequence.of(key)), DeleteResult::deleted);
    }

    @Override
    public <T> CompletableFuture<@Nullable Versioned<T>> get(String key, Class<T> type) {
        return get(key, type, consistency);
    }

    @Override
    public <T> CompletableFuture<@Nullable Versioned<T>> get(String key, Class<T> type, ReadConsistency consistency) {
        return map(client.get(ByteSequence.of(key), consistency), new ValueReader<>(converters, type)::get);
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> getAll(Collection<String> keys, Class<T> type) {
        return getAll(keys, type, consistency);
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> getAll(
            Collection<String> keys, Class<T> type, ReadConsistency consistency) {
        return map(
                client.getAll(keys.stream().map(ByteSequence::of).toList(), consistency),
                new ValueReader<>(converters, type)::getAll);
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> scan(String prefix, int limit, Class<T> type) {
        return scan(prefix, limit, type, consistency);
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> scan(
            String prefix, int limit, Class<T> type, ReadConsistency consistency) {
        return map(client.scan(page(prefix, limit), consistency), new ValueReader<>(converters, type)::scan);
    }

    /** As {@code thenApply}, but the caller sees the failure itself and not a CompletionException around it. */
    @SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is in the future returned
    private static <A, B> CompletableFuture<B> map(CompletableFuture<A> source, Function<A, B> mapping) {
        CompletableFuture<B> mapped = new CompletableFuture<>();
        source.thenApply(mapping).whenComplete((value, failure) -> {
            if (failure instanceof CompletionException wrapper && wrapper.getCause() != null) {
                mapped.completeExceptionally(wrapper.getCause());
            } else if (failure != null) {
                mapped.completeExceptionally(failure);
            } else {
                mapped.complete(value);
            }
        });
        return mapped;
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> scanAfter(String prefix, String after, int limit, Class<T> type) {
        ScanRequest request = page(prefix, limit).withAfter(ByteSequence.of(after));
        return map(client.scan(request, consistency), new ValueReader<>(converters, type)::scan);
    }

    private static ScanRequest page(String prefix, int limit) {
        return ScanRequest.prefix(ByteSequence.of(prefix)).withLimit(limit);
    }
}
