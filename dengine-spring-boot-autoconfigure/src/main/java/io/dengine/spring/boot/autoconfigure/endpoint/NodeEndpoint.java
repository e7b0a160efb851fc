package io.dengine.spring.boot.autoconfigure.endpoint;

import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.Durability;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.node.PeerStatus;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Shows the node, its members and how far each has come, and changes the members. Shows no keys and no values. Thread-safe.
 *
 * <p>By default it can only be read: whoever reaches it could otherwise take nodes out. The changes are there with {@code
 * management.endpoint.dengine.access=unrestricted}.
 */
@Endpoint(id = "dengine", defaultAccess = Access.READ_ONLY)
public final class NodeEndpoint {

    /** An order ends by itself within six request timeouts, which are 30 s unless set otherwise; this bounds the others. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final NodeLifecycle node;

    NodeEndpoint(NodeLifecycle node) {
        this.node = node;
    }

    /** Returns the node as it is now, or null (404) while it is not running. */
    @ReadOperation
    public @Nullable NodeDescriptor node() {
        return node.engine().map(engine -> describe(engine.status())).orElse(null);
    }

    /**
     * Has the cluster changed, and waits for it: up to six request timeouts, at most a minute.
     *
     * @param node the node it is about; not for SNAPSHOT
     * @param address where that node is reached; for ADD_LEARNER and REPLACE
     * @param replaces whose place it takes; for REPLACE
     * @param readOnly whether it never votes; for ADD_LEARNER, false unless given
     * @throws CoordinationException as {@link ClusterAdmin} says
     */
    @WriteOperation
    public ChangeDescriptor change(
            @Selector ClusterOperation operation,
            @Nullable Integer node,
            @Nullable String address,
            @Nullable Integer replaces,
            @Nullable Boolean readOnly) {
        ClusterAdmin cluster = this.node.cluster();
        CompletableFuture<?> done = switch (operation) {
            case ADD_LEARNER -> cluster.addLearner(id("node", node), address(address), Boolean.TRUE.equals(readOnly));
            case PROMOTE -> cluster.promote(id("node", node));
            case DEMOTE -> cluster.demote(id("node", node));
            case REMOVE -> cluster.remove(id("node", node));
            case REPLACE -> cluster.replace(id("replaces", replaces), id("node", node), address(address));
            case TRANSFER_LEADERSHIP -> cluster.transferLeadership(node == null ? null : id("node", node));
            case SNAPSHOT -> cluster.snapshot();
        };
        return new ChangeDescriptor(operation, await(operation, done) instanceof Long index ? index : null);
    }

    private static NodeId id(String parameter, @Nullable Integer id) {
        if (id == null || id <= 0) {
            throw invalid("'" + parameter + "' must be the id of a node, a number from 1");
        }
        return NodeId.of(id);
    }

    private static PeerAddress address(@Nullable String address) {
        if (address == null) {
            throw invalid("'address' must say where the node is reached: host:port");
        }
        try {
            return PeerAddress.parse("address", address);
        } catch (InvalidConfigException e) {
            throw invalid(e.problem());
        }
    }

    private static RefusedException invalid(String problem) {
        return new RefusedException(RefusedException.Reason.INVALID, problem);
    }

    private static @Nullable Object await(ClusterOperation operation, CompletableFuture<?> done) {
        try {
            return done.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoordinationException failure) {
                throw failure;
            }
            throw new IllegalStateException(operation + " failed", e.getCause());
        } catch (TimeoutException e) {
            throw new IndeterminateException(operation + " was not through within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IndeterminateException("interrupted while waiting for " + operation, e);
        }
    }

    private static NodeDescriptor describe(NodeStatus status) {
        NodeId leader = status.leader();
        return new NodeDescriptor(
                status.nodeId().value(),
                status.clusterName(),
                status.health(),
                status.detail(),
                status.role(),
                status.term(),
                leader == null ? null : leader.value(),
                status.leaderChanges(),
                status.commitIndex(),
                status.lastApplied(),
                status.lastIndex(),
                status.revision(),
                status.durability(),
                describe(status.membership()),
                status.members().stream()
                        .map(member -> describe(member, status.membership(), leader))
                        .toList(),
                new LoadDescriptor(
                        status.pendingProposals(),
                        status.pendingReads(),
                        status.watches(),
                        status.watchLagRevisions(),
                        status.historyEvents(),
                        status.logBytes(),
                        status.stateBytes()));
    }

    private static MembershipDescriptor describe(Membership membership) {
        return new MembershipDescriptor(
                membership.isJoint(), ids(membership.voters()), ids(membership.outgoing()), ids(membership.learners()));
    }

    private static List<Integer> ids(Set<NodeId> nodes) {
        return nodes.stream().map(NodeId::value).toList();
    }

    private static MemberDescriptor describe(PeerStatus member, Membership membership, @Nullable NodeId leader) {
        return new MemberDescriptor(
                member.nodeId().value(),
                member.address(),
                member.voter(),
                membership.member(member.nodeId()).readOnly(),
                member.nodeId().equals(leader),
                known(member.matchIndex()),
                known(member.lagEntries()));
    }

    private static @Nullable Long known(long index) {
        return index < 0 ? null : index;
    }

    /**
     * A node.
     *
     * @param node its id
     * @param cluster its cluster
     * @param state whether it can serve
     * @param detail why it cannot; empty while it can
     * @param role its part in the protocol
     * @param term its term
     * @param leader the leader it follows or is; null while none is known
     * @param leaderChanges how often the leader changed since the node started
     * @param commitIndex the last log index known to be committed
     * @param lastApplied the last log index applied
     * @param lastIndex the last log index
     * @param revision the store revision
     * @param durability when a write counts as safe
     * @param membership who votes
     * @param members all members, this node too
     * @param load queues, watches and sizes
     */
    public record NodeDescriptor(
            int node,
            String cluster,
            NodeHealth state,
            String detail,
            RoleKind role,
            long term,
            @Nullable Integer leader,
            long leaderChanges,
            long commitIndex,
            long lastApplied,
            long lastIndex,
            long revision,
            Durability durability,
            MembershipDescriptor membership,
            List<MemberDescriptor> members,
            LoadDescriptor load) {}

    /**
     * Who votes, by this node's log. Empty while it is to join a cluster.
     *
     * @param joint whether a change of voters is under way, which needs a majority of both
     * @param voters who votes, or will once the change is through
     * @param outgoing who voted before the change under way
     * @param learners who gets the data without a vote
     */
    public record MembershipDescriptor(
            boolean joint, List<Integer> voters, List<Integer> outgoing, List<Integer> learners) {}

    /**
     * A member.
     *
     * @param node its id
     * @param address where it listens for peers; empty for a single node
     * @param voter whether it votes; otherwise it is a learner
     * @param readOnly whether it stays a learner
     * @param leader whether it is the leader this node knows
     * @param matchIndex the last log index it is known to hold; null but at the leader
     * @param lag how many entries it is behind; null but at the leader
     */
    public record MemberDescriptor(
            int node,
            String address,
            boolean voter,
            boolean readOnly,
            boolean leader,
            @Nullable Long matchIndex,
            @Nullable Long lag) {}

    /**
     * Queues, watches and sizes.
     *
     * @param pendingProposals writes that wait for an answer
     * @param pendingReads linearizable reads that wait
     * @param watches open watches
     * @param watchLagRevisions the most revisions that any watch is behind
     * @param historyEvents past changes kept for watches
     * @param logBytes the log's bytes on disk
     * @param stateBytes the table's approximate bytes
     */
    public record LoadDescriptor(
            int pendingProposals,
            int pendingReads,
            int watches,
            long watchLagRevisions,
            long historyEvents,
            long logBytes,
            long stateBytes) {}

    /**
     * What was done.
     *
     * @param operation what was asked for
     * @param snapshotIndex the index of the last log entry in the snapshot; null for all else
     */
    public record ChangeDescriptor(
            ClusterOperation operation, @Nullable Long snapshotIndex) {}
}
