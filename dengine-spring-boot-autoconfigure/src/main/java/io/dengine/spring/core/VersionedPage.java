package io.dengine.spring.core;

import java.util.List;

/**
 * Several keys, all read at one revision.
 *
 * @param revision the store revision the keys were read at: a watch from {@code revision + 1} misses nothing
 * @param entries the keys that existed; of a scan in ascending order of their UTF-8 bytes, else in the order asked for;
 *     unmodifiable
 * @param more whether keys were left out because of the limit
 * @param <T> the values' type
 */
public record VersionedPage<T>(long revision, List<Versioned<T>> entries, boolean more) {

    public VersionedPage {
        entries = List.copyOf(entries);
    }
}
