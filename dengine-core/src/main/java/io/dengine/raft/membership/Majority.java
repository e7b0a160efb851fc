package io.dengine.raft.membership;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** More than half of one set of voters. An empty set agrees with everything, as an absent half of a joint membership must. */
final class Majority {

    private Majority() {}

    static boolean agrees(Collection<NodeId> voters, Predicate<NodeId> yes) {
        int count = 0;
        for (NodeId voter : voters) {
            if (yes.test(voter)) {
                count++;
            }
        }
        return voters.isEmpty() || count > voters.size() / 2;
    }

    /** Returns the highest value that more than half of the voters have reached. */
    static long reached(Collection<NodeId> voters, ToLongFunction<NodeId> value) {
        if (voters.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long[] values = new long[voters.size()];
        int i = 0;
        for (NodeId voter : voters) {
            values[i++] = value.applyAsLong(voter);
        }
        Arrays.sort(values);
        // Of n ascending values the one at (n - 1) / 2 has itself and n / 2 more at or above it: n / 2 + 1 for odd and
        // even n.
        return values[(values.length - 1) / 2];
    }
}
