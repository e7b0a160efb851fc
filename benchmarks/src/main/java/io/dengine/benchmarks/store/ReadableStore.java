package io.dengine.benchmarks.store;

import java.util.concurrent.CompletableFuture;

/** A store whose reads are measured too. Thread-safe. */
public interface ReadableStore extends Store {

    /** How fresh a read must be. */
    enum Read {
        /** Confirmed by a quorum, or, with d-engine, by its lease: what the system calls linearizable. */
        LINEARIZABLE,
        /** Answered by the leader alone, under its lease. */
        LEASE,
        /** What this node has applied so far. */
        LOCAL
    }

    CompletableFuture<?> get(byte[] key, Read read);
}
