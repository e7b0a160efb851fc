package io.dengine.api;

import java.util.List;

/**
 * The keys under a prefix, all read at one revision.
 *
 * @param revision the store revision the keys were read at
 * @param entries the keys in ascending unsigned byte order, one page; unmodifiable
 * @param more whether keys were left out: the next page begins behind the last key of this one
 */
public record ScanResult(long revision, List<KeyValue> entries, boolean more) {}
