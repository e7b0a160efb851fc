package io.dengine.api;

/**
 * A key with its value at one revision.
 *
 * @param key the key
 * @param value the value; empty in a DELETE event
 * @param createRevision the store revision that created the key; 0 in a DELETE event
 * @param modRevision the store revision of the key's last change
 * @param version 1 at creation, +1 for each change since; 0 in a DELETE event
 */
public record KeyValue(ByteSequence key, ByteSequence value, long createRevision, long modRevision, long version) {}
