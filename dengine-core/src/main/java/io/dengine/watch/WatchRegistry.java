package io.dengine.watch;

import io.dengine.api.ByteSequence;
import io.dengine.api.WatchRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the watches of a key: one look-up for the key itself, and one for each length that a watched prefix has. Not
 * thread-safe.
 */
final class WatchRegistry {

    /** The watches of one key or prefix; each knows its place here, so that leaving takes one step. */
    private static final class Group {
        private final List<Subscription> members = new ArrayList<>(1);
    }

    private final Map<ByteSequence, Group> keys = new HashMap<>();
    private final TreeMap<Integer, Map<ByteSequence, Group>> prefixes = new TreeMap<>();

    void add(Subscription subscription) {
        WatchRequest request = subscription.request();
        Map<ByteSequence, Group> groups =
                request.prefix() ? prefixes.computeIfAbsent(request.key().length(), l -> new HashMap<>()) : keys;
        List<Subscription> members = groups.computeIfAbsent(request.key(), k -> new Group()).members;
        subscription.place = members.size();
        members.add(subscription);
    }

    void remove(Subscription subscription) {
        WatchRequest request = subscription.request();
        Integer length = request.key().length();
        Map<ByteSequence, Group> groups = request.prefix() ? prefixes.get(length) : keys;
        Group group = groups == null ? null : groups.get(request.key());
        if (groups == null || group == null) {
            throw new IllegalStateException("not registered: " + request);
        }
        List<Subscription> members = group.members;
        Subscription moved = members.remove(members.size() - 1);
        if (moved != subscription) {
            members.set(subscription.place, moved);
            moved.place = subscription.place;
        }
        if (members.isEmpty()) {
            groups.remove(request.key());
            if (groups.isEmpty() && request.prefix()) {
                prefixes.remove(length);
            }
        }
    }

    /** Gives each watch that a change of {@code key} belongs to, once, to {@code action}. */
    void forEachMatch(ByteSequence key, Consumer<Subscription> action) {
        visit(keys.get(key), action);
        for (Map.Entry<Integer, Map<ByteSequence, Group>> sameLength : prefixes.entrySet()) {
            if (sameLength.getKey() > key.length()) {
                break;
            }
            visit(sameLength.getValue().get(key.head(sameLength.getKey())), action);
        }
    }

    private static void visit(@Nullable Group group, Consumer<Subscription> action) {
        if (group != null) {
            group.members.forEach(action);
        }
    }
}
