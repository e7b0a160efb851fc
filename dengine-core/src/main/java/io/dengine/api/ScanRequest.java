package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * One page of the keys under a prefix. A value: each {@code with} method returns a changed copy.
 *
 * @param prefix empty for every key
 * @param after the page begins behind this key; null for the first page
 * @param limit the most keys of the page, 1 to 10,000. A page also ends at 16 MiB of keys and values
 */
public record ScanRequest(ByteSequence prefix, @Nullable ByteSequence after, int limit) {

    /** The most keys that one page may hold. */
    public static final int MAX_LIMIT = 10_000;

    /** Returns a request for the first page under {@code prefix}, as large as a page may be. */
    public static ScanRequest prefix(ByteSequence prefix) {
        return new ScanRequest(prefix, null, MAX_LIMIT);
    }

    /** Returns a request for at most {@code limit} keys, 1 to {@link #MAX_LIMIT}; others are refused when it is sent. */
    public ScanRequest withLimit(int limit) {
        return new ScanRequest(prefix, after, limit);
    }

    /** Returns a request for the page that begins behind {@code key}, the last key of the page before. */
    public ScanRequest withAfter(ByteSequence key) {
        return new ScanRequest(prefix, key, limit);
    }
}
