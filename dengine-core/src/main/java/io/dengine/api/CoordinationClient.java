package io.dengine.api;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The store. Thread-safe. Futures complete on a callback thread, exceptionally only with a {@link CoordinationException}.
 *
 * <p>Keys are 1 to {@code limits.maxKeyBytes} bytes (default 32 KiB), values 0 to {@code limits.maxValueBytes} (default
 * 1.5 MiB); beyond that an operation is refused at once with {@link RefusedException.Reason#TOO_LARGE}.
 */
public interface CoordinationClient {

    /**
     * Sets {@code key}. Clears the TTL that an earlier put may have set.
     */
    default CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value) {
        return put(key, value, null);
    }

    /**
     * Sets {@code key} for {@code ttl} of cluster time, after which it is deleted.
     *
     * @param ttl 1 ms or longer, whole milliseconds; null for no limit
     */
    CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, @Nullable Duration ttl);

    CompletableFuture<DeleteResult> delete(ByteSequence key);

    /** Sets {@code key} if it is as expected, in one atomic step. Clears an earlier TTL, as a put does. */
    default CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value) {
        return compareAndSet(key, expected, value, null);
    }

    /** As above, with the TTL of {@link #put(ByteSequence, ByteSequence, Duration)}. */
    CompletableFuture<CompareAndSetResult> compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl);

    CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency);

    /** Reads several keys at one revision: at most 10,000 keys, and 64 MiB of values. */
    CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency);

    /** Reads one page of the keys under a prefix at one revision, ascending. */
    CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency);

    /**
     * Starts a watch. A client of another process waits until a node has taken it, at most its request timeout.
     *
     * @throws CompactedException if {@code fromRevision} is no longer in the history
     * @throws RefusedException if the node or the client is closed or has as many watches as it may, or no node can be reached
     */
    Watch watch(WatchRequest request, WatchListener listener);

    /** Returns the blocking twin of this client. */
    BlockingCoordinationClient blocking();
}
