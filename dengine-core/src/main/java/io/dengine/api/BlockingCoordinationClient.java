package io.dengine.api;

import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The blocking twin of {@link CoordinationClient}: same operations, same meanings. Thread-safe.
 *
 * <p>Each call waits at most the engine's request timeout (default 5 s). A write that is not answered by then is
 * {@linkplain IndeterminateException indeterminate}, a read is {@linkplain RefusedException refused}. An interrupt ends
 * the wait with the same exception and the thread's interrupt flag set.
 */
public interface BlockingCoordinationClient {

    default PutResult put(ByteSequence key, ByteSequence value) {
        return put(key, value, null);
    }

    PutResult put(ByteSequence key, ByteSequence value, @Nullable Duration ttl);

    DeleteResult delete(ByteSequence key);

    default CompareAndSetResult compareAndSet(ByteSequence key, Expectation expected, ByteSequence value) {
        return compareAndSet(key, expected, value, null);
    }

    CompareAndSetResult compareAndSet(
            ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl);

    GetResult get(ByteSequence key, ReadConsistency consistency);

    MultiGetResult getAll(Collection<ByteSequence> keys, ReadConsistency consistency);

    ScanResult scan(ScanRequest request, ReadConsistency consistency);

    /** As {@link CoordinationClient#watch}. */
    Watch watch(WatchRequest request, WatchListener listener);
}
