package io.dengine.node;

import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hashes that replicas report of their state after the same entries. Those entries are committed, so the hashes must
 * be equal, whoever led; where a quorum agrees on one, the replica with another cannot be trusted. The last few indexes
 * are kept: a replica further behind is compared when it has caught up. Not thread-safe: the event loop's.
 */
final class StateHashes {

    private static final Logger log = LoggerFactory.getLogger(StateHashes.class);

    private static final int INDEXES_KEPT = 8;

    /** {@code node} reported a hash other than {@code stateHash}, on which a quorum agrees. */
    record Deviation(NodeId node, long index, long stateHash) {}

    private static final class Round {
        private final Map<NodeId, Long> reported = new TreeMap<>();
        private @Nullable Long agreed;
        private boolean split;
    }

    private final NavigableMap<Long, Round> rounds = new TreeMap<>();

    /** Takes one report; returns who is found to differ by it. */
    List<Deviation> report(NodeId from, long index, long stateHash, Membership membership) {
        boolean full = rounds.size() >= INDEXES_KEPT;
        if (!membership.contains(from) || (full && index < rounds.firstKey())) {
            return List.of();
        }
        Round round = rounds.computeIfAbsent(index, absent -> new Round());
        round.reported.put(from, stateHash);
        if (rounds.size() > INDEXES_KEPT) {
            rounds.pollFirstEntry();
        }
        if (round.agreed != null) {
            return round.agreed == stateHash ? List.of() : List.of(new Deviation(from, index, round.agreed));
        }
        if (!membership.hasQuorum(node -> Long.valueOf(stateHash).equals(round.reported.get(node)))) {
            reportSplit(index, round, membership);
            return List.of();
        }
        round.agreed = stateHash;
        List<Deviation> deviations = new ArrayList<>();
        round.reported.forEach((node, hash) -> {
            if (hash != stateHash) {
                deviations.add(new Deviation(node, index, stateHash));
            }
        });
        return deviations;
    }

    private static void reportSplit(long index, Round round, Membership membership) {
        boolean allVoted = membership.voters().stream().allMatch(round.reported::containsKey);
        if (allVoted && !round.split && Set.copyOf(round.reported.values()).size() > 1) {
            round.split = true;
            log.error(
                    "the replicas' states differ after entry {} and no majority agrees: {}. None of them can be said to be"
                            + " right",
                    index,
                    round.reported);
        }
    }

    /** Forgets what {@code node} reported: its state is another one from now on. */
    void forget(NodeId node) {
        rounds.values().forEach(round -> round.reported.remove(node));
    }
}
