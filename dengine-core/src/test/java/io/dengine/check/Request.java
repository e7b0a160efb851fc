package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import java.util.List;

/** What a client asked for. */
public sealed interface Request {

    /** A call that may change one key. */
    sealed interface Write extends Request {
        ByteSequence key();
    }

    /** A write that sets a value. No two of one history have the same value: that is how a change names its caller. */
    sealed interface Setting extends Write {
        ByteSequence value();

        /** Returns the time to live, 0 for no limit. */
        long ttlMillis();
    }

    /** A call that changes nothing. */
    sealed interface Read extends Request {
        ReadConsistency consistency();
    }

    record Put(ByteSequence key, ByteSequence value, long ttlMillis) implements Setting {}

    record CompareAndSet(ByteSequence key, Expectation expected, ByteSequence value, long ttlMillis)
            implements Setting {}

    record Delete(ByteSequence key) implements Write {}

    record Get(List<ByteSequence> keys, ReadConsistency consistency) implements Read {}

    record Scan(ScanRequest page, ReadConsistency consistency) implements Read {}
}
