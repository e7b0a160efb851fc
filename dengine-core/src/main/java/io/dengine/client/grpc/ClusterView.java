package io.dengine.client.grpc;

import io.dengine.raft.membership.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one of its nodes has applied it.
 *
 * @param clusterName its name
 * @param members everyone, ascending by id; unmodifiable
 * @param leader who leads; null while nobody is known to
 * @param term the term in which that is so
 * @param toldBy the node that says so
 */
public record ClusterView(
        String clusterName, List<Member> members, @Nullable NodeId leader, long term, NodeId toldBy) {

    /** A member's part in agreement. */
    public enum Part {
        /** Votes. */
        VOTER,
        /** Gets all data and has no vote. */
        LEARNER,
        /** Votes until the change under way is through. */
        LEAVING_VOTER
    }

    /**
     * One member.
     *
     * @param id the member
     * @param peerAddress where other members reach it, as host:port; empty if it listens nowhere
     * @param apiAddress where clients reach it, as host:port; empty if it serves none or has not said where
     * @param part its part in agreement
     * @param readOnly whether a learner stays one
     * @param replaces the voter whose place it takes; null if none
     * @param matchIndex the last log index that it holds, as the leader knows; -1 where another node was asked
     * @param lagEntries how many log entries it is behind, as the leader knows; -1 where another node was asked
     */
    public record Member(
            NodeId id,
            String peerAddress,
            String apiAddress,
            Part part,
            boolean readOnly,
            @Nullable NodeId replaces,
            long matchIndex,
            long lagEntries) {}
}
