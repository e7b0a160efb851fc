package io.dengine.api;

/**
 * What to watch. A value: each {@code with} method returns a changed copy.
 *
 * @param key the key, or the prefix (an empty prefix is every key)
 * @param prefix whether {@code key} is a prefix
 * @param fromRevision the first revision to deliver, or 0 to start with the next change; 0 or more. Default 0
 * @param previousValue whether events carry the key as it was before. Default false
 */
public record WatchRequest(ByteSequence key, boolean prefix, long fromRevision, boolean previousValue) {

    public WatchRequest {
        if (fromRevision < 0) {
            throw new IllegalArgumentException("fromRevision must be 0 (from now) or above: " + fromRevision);
        }
        if (!prefix && key.isEmpty()) {
            throw new IllegalArgumentException("a watched key must not be empty");
        }
    }

    /** Returns a request for the changes of one key, from the next one on. */
    public static WatchRequest key(ByteSequence key) {
        return new WatchRequest(key, false, 0, false);
    }

    /** Returns a request for the changes of all keys under {@code prefix}, empty for every key, from the next one on. */
    public static WatchRequest prefix(ByteSequence prefix) {
        return new WatchRequest(prefix, true, 0, false);
    }

    /** Returns a request that begins with the changes of {@code revision}, which may be past; 0 for the next change. */
    public WatchRequest withFromRevision(long revision) {
        return new WatchRequest(key, prefix, revision, previousValue);
    }

    /** Returns a request whose events carry the key as it was before. */
    public WatchRequest withPreviousValue() {
        return new WatchRequest(key, prefix, fromRevision, true);
    }

    /** Returns whether a change of {@code changed} belongs to this watch. */
    public boolean matches(ByteSequence changed) {
        return prefix ? changed.startsWith(key) : changed.equals(key);
    }
}
