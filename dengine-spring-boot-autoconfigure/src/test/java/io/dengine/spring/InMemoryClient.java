package io.dengine.spring;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.CoordinationException;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store in one map, at the seam of {@link CoordinationClient}: revisions, watches from a revision, and what goes
 * wrong there on command (refusing, a history that ends, subscriptions that break). TTLs never expire.
 */
public final class InMemoryClient implements CoordinationClient {

    private final TreeMap<ByteSequence, KeyValue> table = new TreeMap<>();
    private final List<WatchEvent> history = new ArrayList<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private long revision = 1;
    private long oldestRevision = 1;
    private @Nullable RefusedException refusal;
    private int watchesStarted;

    public synchronized void refuseWith(RefusedException.@Nullable Reason reason) {
        refusal = reason == null ? null : new RefusedException(reason, "refused on command");
    }

    /** Forgets the history and ends every watch that had not seen all of it, or all of them. */
    public synchronized void breakWatches(boolean compact) {
        if (compact) {
            oldestRevision = revision + 1;
            history.clear();
        }
        List.copyOf(subscriptions)
                .forEach(subscription ->
                        subscription.end(new RefusedException(RefusedException.Reason.CLOSED, "broken")));
    }

    /** Becomes an empty store at revision 1. */
    public synchronized void wipe() {
        breakWatches(true);
        table.clear();
        revision = 1;
        oldestRevision = 1;
    }

    public synchronized int openWatches() {
        return subscriptions.size();
    }

    public synchronized int watchesStarted() {
        return watchesStarted;
    }

    public synchronized long revision() {
        return revision;
    }

    private synchronized <T> CompletableFuture<T> answer(Supplier<T> operation) {
        return refusal == null
                ? CompletableFuture.completedFuture(operation.get())
                : CompletableFuture.failedFuture(refusal);
    }

    @Override
    public CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
        return answer(() -> {
            set(key, value);
            return new PutResult(revision);
        });
    }

    private void set(ByteSequence key, ByteSequence value) {
        revision++;
        KeyValue previous = table.get(key);
        KeyValue entry = new KeyValue(
                key,
                value,
                previous == null ? revision : previous.createRevision(),
                revision,
                previous == null ? 1 : previous.version() + 1);
        table.put(key, entry);
        publish(new WatchEvent(WatchEvent.Type.PUT, entry, previous));
    }

    @Override
    public CompletableFuture<DeleteResult> delete(ByteSequence key) {
        return answer(() -> {
            KeyValue previous = table.remove(key);
            if (previous != null) {
                revision++;
                publish(new WatchEvent(
                        WatchEvent.Type.DELETE, new KeyValue(key, ByteSequence.EMPTY, 0, revision, 0), previous));
            }
            return new DeleteResult(revision, previous != null);
        });
    }

    @Override
    public CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
        return answer(() -> {
            KeyValue current = table.get(key);
            boolean matches;
            if (expected instanceof Expectation.Value bytes) {
                matches = current != null && current.value().equals(bytes.value());
            } else if (expected instanceof Expectation.ModRevision seen) {
                matches = current != null && current.modRevision() == seen.revision();
            } else {
                matches = current == null;
            }
            if (matches) {
                set(key, value);
            }
            return new CompareAndSetResult(matches, revision, matches ? null : current);
        });
    }

    @Override
    public CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency) {
        return answer(() -> new GetResult(revision, table.get(key)));
    }

    @Override
    public CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
        return answer(() -> {
            Map<ByteSequence, KeyValue> found = new LinkedHashMap<>();
            for (ByteSequence key : keys) {
                KeyValue entry = table.get(key);
                if (entry != null) {
                    found.put(key, entry);
                }
            }
            return new MultiGetResult(revision, found);
        });
    }

    @Override
    public CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency) {
        return answer(() -> {
            List<KeyValue> found = table.values().stream()
                    .filter(entry -> entry.key().startsWith(request.prefix()))
                    .filter(entry -> request.after() == null || entry.key().compareTo(request.after()) > 0)
                    .toList();
            boolean more = found.size() > request.limit();
            return new ScanResult(revision, more ? List.copyOf(found.subList(0, request.limit())) : found, more);
        });
    }

    @Override
    public synchronized Watch watch(WatchRequest request, WatchListener listener) {
        if (refusal != null) {
            throw refusal;
        }
        long from = request.fromRevision() == 0 ? revision + 1 : request.fromRevision();
        if (from < oldestRevision) {
            throw new CompactedException(from, oldestRevision);
        }
        Subscription subscription = new Subscription(request, listener, from);
        watchesStarted++;
        subscriptions.add(subscription);
        history.forEach(subscription::offer);
        return subscription;
    }

    private void publish(WatchEvent event) {
        history.add(event);
        subscriptions.forEach(subscription -> subscription.offer(event));
    }

    @Override
    public BlockingCoordinationClient blocking() {
        return new Blocking();
    }

    private final class Subscription implements Watch {

        private final WatchRequest request;
        private final WatchListener listener;
        private final long startRevision;
        private final ExecutorService callbacks = Executors.newSingleThreadExecutor();
        private volatile boolean closed;

        Subscription(WatchRequest request, WatchListener listener, long startRevision) {
            this.request = request;
            this.listener = listener;
            this.startRevision = startRevision;
        }

        void offer(WatchEvent event) {
            if (event.revision() >= startRevision && request.matches(event.key())) {
                WatchEvent seen = request.previousValue() ? event : event.withoutPrevious();
                callbacks.execute(() -> {
                    if (!closed) {
                        listener.onEvents(seen.revision(), List.of(seen));
                    }
                });
            }
        }

        void end(CoordinationException cause) {
            callbacks.execute(() -> listener.onClosed(cause));
            remove();
        }

        private void remove() {
            synchronized (InMemoryClient.this) {
                subscriptions.remove(this);
            }
            callbacks.shutdown();
        }

        @Override
        public long startRevision() {
            return startRevision;
        }

        @Override
        public void close() {
            closed = true;
            remove();
        }
    }

    /** Every future here is complete when it is returned. */
    private final class Blocking implements BlockingCoordinationClient {

        @Override
        public PutResult put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
            return now(InMemoryClient.this.put(key, value, ttl));
        }

        @Override
        public DeleteResult delete(ByteSequence key) {
            return now(InMemoryClient.this.delete(key));
        }

        @Override
        public CompareAndSetResult compareAndSet(
                ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
            return now(InMemoryClient.this.compareAndSet(key, expected, value, ttl));
        }

        @Override
        public GetResult get(ByteSequence key, ReadConsistency consistency) {
            return now(InMemoryClient.this.get(key, consistency));
        }

        @Override
        public MultiGetResult getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
            return now(InMemoryClient.this.getAll(keys, consistency));
        }

        @Override
        public ScanResult scan(ScanRequest request, ReadConsistency consistency) {
            return now(InMemoryClient.this.scan(request, consistency));
        }

        @Override
        public Watch watch(WatchRequest request, WatchListener listener) {
            return InMemoryClient.this.watch(request, listener);
        }

        private <T> T now(CompletableFuture<T> future) {
            if (future.isCompletedExceptionally()) {
                throw (CoordinationException)
                        future.handle((value, failure) -> failure).join();
            }
            return future.join();
        }
    }
}
