package io.dengine.example.reads;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.GetResult;
import io.dengine.api.ReadConsistency;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads locally what is at least as new as its own last write, and asks the quorum only where the node is behind that.
 * Thread-safe.
 */
public final class ReadYourWrites {

    private final BlockingCoordinationClient store;
    private final AtomicLong written = new AtomicLong();

    public ReadYourWrites(BlockingCoordinationClient store) {
        this.store = store;
    }

    public void put(ByteSequence key, ByteSequence value) {
        written.accumulateAndGet(store.put(key, value).revision(), Math::max);
    }

    public GetResult get(ByteSequence key) {
        long least = written.get();
        GetResult local = store.get(key, ReadConsistency.LOCAL);
        return local.revision() >= least ? local : store.get(key, ReadConsistency.LINEARIZABLE);
    }
}
