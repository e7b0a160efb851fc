package io.dengine.api;

import java.util.Map;

/**
 * Several keys, all read at one revision.
 *
 * @param revision the store revision the keys were read at
 * @param entries the keys that existed, in the order asked for; unmodifiable
 */
public record MultiGetResult(long revision, Map<ByteSequence, KeyValue> entries) {}
