package io.dengine.spring.core;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The typed operations over the client's bytes. */
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
        @SuppressWarnings("unchecked") // the class of a T is a Class<? extends T>: what it reads is a T
        Class<T> type = (Class<T>) value.getClass();
        CompletableFuture<CompareAndSetResult> result =
                client.compareAndSet(ByteSequence.of(key), expected, converters.toBytes(key, value), ttl);
        return map(
                result,
                r -> new CompareAndSetOutcome<>(
                        r.succeeded(), r.revision(), r.current() == null ? null : versioned(r.current(), type)));
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
        return map(
                client.get(ByteSequence.of(key), consistency),
                result -> result.entry() == null ? null : versioned(result.entry(), type));
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> getAll(Collection<String> keys, Class<T> type) {
        return getAll(keys, type, consistency);
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> getAll(
            Collection<String> keys, Class<T> type, ReadConsistency consistency) {
        List<ByteSequence> encoded = keys.stream().map(ByteSequence::of).toList();
        return map(
                client.getAll(encoded, consistency),
                result -> page(result.revision(), result.entries().values(), type, false));
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> scan(String prefix, int limit, Class<T> type) {
        return scan(prefix, limit, type, consistency);
    }

    @Override
    public <T> CompletableFuture<VersionedPage<T>> scan(
            String prefix, int limit, Class<T> type, ReadConsistency consistency) {
        return map(
                client.scan(ByteSequence.of(prefix), limit, consistency),
                result -> page(result.revision(), result.entries(), type, result.more()));
    }

    private <T> VersionedPage<T> page(long revision, Collection<KeyValue> entries, Class<T> type, boolean more) {
        return new VersionedPage<>(
                revision, entries.stream().map(entry -> versioned(entry, type)).toList(), more);
    }

    private <T> Versioned<T> versioned(KeyValue entry, Class<T> type) {
        String key = entry.key().utf8();
        return new Versioned<>(
                key,
                converters.fromBytes(key, entry.value(), type),
                entry.createRevision(),
                entry.modRevision(),
                entry.version());
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
}
