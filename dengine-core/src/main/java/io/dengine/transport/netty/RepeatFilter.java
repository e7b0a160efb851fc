package io.dengine.transport.netty;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the last trouble told about each peer, so that a redial twice a second does not tell it each time. Owned by
 * the transport thread.
 */
final class RepeatFilter {

    /** Strangers choose their own node ids, so the number of keys needs a bound. */
    private static final int MAX_KEYS = 256;

    private final Map<String, String> lastByKey = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_KEYS;
        }
    };

    /** Returns whether {@code text} differs from the last one about {@code key}. */
    boolean isNews(String key, String text) {
        return !text.equals(lastByKey.put(key, text));
    }

    /** The trouble is over: the next one is news, even if it is the same. */
    void forget(String key) {
        lastByKey.remove(key);
    }

    /** The same for all keys that begin so. */
    void forgetPrefix(String prefix) {
        lastByKey.keySet().removeIf(key -> key.startsWith(prefix));
    }
}
