package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;

/**
 * What a table holds under a key.
 *
 * @param value the value
 * @param createRevision the revision that created the key
 * @param modRevision the revision of its last change
 * @param version 1 at creation, +1 for each change since
 * @param deadlineMillis the cluster time after which the key is deleted; 0 if it has no TTL
 */
public record StoredValue(
        ByteSequence value, long createRevision, long modRevision, long version, long deadlineMillis) {

    public KeyValue toKeyValue(ByteSequence key) {
        return new KeyValue(key, value, createRevision, modRevision, version);
    }
}
