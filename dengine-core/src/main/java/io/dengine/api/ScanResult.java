package io.dengine.api;

import java.util.List;

/**
 * The keys under a prefix, all read at one revision.
 *
 * @param revision the store revision the keys were read at
 * @param entries the keys in ascending unsigned byte order, at most the limit asked for; unmodifiable
 * @param more whether keys were left out because of the limit
 */
public record ScanResult(long revision, List<KeyValue> entries, boolean more) {}
