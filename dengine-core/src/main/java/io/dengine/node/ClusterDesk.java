package io.dengine.node;

import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.raft.Notice;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.Standing;
import io.dengine.transport.ClusterOrder;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.ClusterOutcome;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.PeerTransport.JoinAnswer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's dealings with the membership: peers are whoever the membership in effect names, the membership learns where they
 * are met, and orders and joining nodes are served. Not thread-safe: the event loop's.
 */
final class ClusterDesk {

    private static final Logger log = LoggerFactory.getLogger(ClusterDesk.class);

    /** An order waits for an election, a hand-over and another change at the worst. */
    private static final int ORDER_TIMEOUTS = 6;

    /** How long a refusal is remembered; while it lasts it is told every second. */
    private static final long REFUSAL_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Raft raft;
    private final PeerTransport transport;
    private final PeerDirectory peers;
    private final Member self;
    private final NodeDirectory directory;
    private final ClusterOrders orders;
    private final Joiner joiner;
    private final long orderNanos;
    private final Map<NodeId, Member> seen = new TreeMap<>();
    private Notice.@Nullable MembershipChanged latest;
    private final Map<NodeId, Long> refusedNanos = new TreeMap<>();
    private String refusal = "";

    /**
     * @param self this node, as it wants to be known
     * @param events takes what comes from other threads
     */
    ClusterDesk(NodeParts parts, Member self, Consumer<ClusterEvent> events) {
        DEngineConfig config = parts.config();
        long electionNanos = config.election().timeout().toNanos();
        this.raft = parts.raft();
        this.transport = parts.transport();
        this.peers = parts.peers();
        this.directory = parts.snapshots().directory();
        this.self = self;
        this.orders = new ClusterOrders(
                raft, transport, events, electionNanos, parts.random().nextLong() >>> 1);
        this.joiner = new Joiner(
                raft,
                transport,
                directory,
                events,
                self,
                seeds(parts),
                electionNanos,
                parts.nanoClock().getAsLong());
        this.orderNanos = orderNanos(config);
        transport.follow(raft.membership(), raft.membershipPlace());
    }

    /** Returns where to ask to be taken in: where the configuration says, then where the members were last. */
    private static List<PeerAddress> seeds(NodeParts parts) {
        Set<PeerAddress> seeds = new LinkedHashSet<>(parts.config().seeds());
        seeds.addAll(parts.snapshots().directory().seeds());
        seeds.remove(parts.config().address());
        return List.copyOf(seeds);
    }

    static long orderNanos(DEngineConfig config) {
        return config.limits().requestTimeout().toNanos() * ORDER_TIMEOUTS;
    }

    void handle(ClusterEvent event, long nowNanos) {
        if (event instanceof ClusterEvent.Ordered ordered) {
            orders.submit(ordered.order());
        } else if (event instanceof ClusterEvent.JoinAsked asked) {
            onJoinAsked(asked, nowNanos);
        } else if (event instanceof ClusterEvent.JoinAnswered answered) {
            joiner.onAnswer(answered.answer(), nowNanos);
        } else if (event instanceof ClusterEvent.Probed probed) {
            probed.order().sighted(probed.sighting());
        } else if (event instanceof ClusterEvent.Seen sighting) {
            seen.put(sighting.peer().id(), sighting.peer());
        } else if (event instanceof ClusterEvent.RefusedBy refused) {
            onRefused(refused, nowNanos);
        } else {
            throw new AssertionError(event);
        }
    }

    void onRequest(NodeId from, PeerMessage.ClusterRequest request, long nowNanos) {
        orders.submit(new PendingOrder(
                request.order(),
                nowNanos + orderNanos,
                true,
                (outcome, detail, begun) ->
                        transport.send(from, new PeerMessage.ClusterResponse(request.requestId(), outcome, detail))));
    }

    void onResponse(PeerMessage.ClusterResponse response, long nowNanos) {
        orders.onResponse(response, nowNanos);
    }

    void onPeerLost(NodeId peer) {
        orders.onPeerLost(peer);
    }

    void onMembership(Notice.MembershipChanged changed) {
        latest = changed;
    }

    /**
     * Follows the newest membership heard of. Called after all that one Ready tells: who catches up passes through memberships of
     * long ago, which are nobody's concern.
     */
    void followMembership() {
        Notice.MembershipChanged changed = latest;
        if (changed == null) {
            return;
        }
        latest = null;
        Membership membership = changed.membership();
        log.info("node {}: {} from entry {} on", raft.self(), membership, changed.index());
        int voters = membership.voters().size();
        if (raft.role() == RoleKind.LEADER && !membership.isJoint() && voters % 2 == 0) {
            log.warn("{} voters tolerate no more failures than {} do: an odd number is better", voters, voters - 1);
        }
        peers.follow(membership);
        transport.follow(membership, raft.membershipPlace());
    }

    private void onJoinAsked(ClusterEvent.JoinAsked asked, long nowNanos) {
        Member member = asked.request().member();
        NodeId leaving = member.replaces();
        MembershipChange change = leaving == null
                ? new MembershipChange.AddLearner(member)
                : new MembershipChange.Replace(leaving, member.withReplaces(null));
        log.info("node {} at {} asks to be taken in", member.id(), member.address());
        PendingOrder.Reply reply = (outcome, detail, begun) -> asked.answer().accept(joinAnswer(outcome, detail));
        orders.submit(new PendingOrder(new ClusterOrder.Change(change), nowNanos + orderNanos, false, reply));
    }

    private JoinAnswer joinAnswer(ClusterOutcome outcome, String detail) {
        return switch (outcome) {
            case DONE -> new JoinAnswer(JoinAnswer.Outcome.JOINED, "", raft.membership());
            case INVALID -> new JoinAnswer(JoinAnswer.Outcome.REFUSED, detail, Membership.NONE);
            case NOT_LEADER, UNSAFE, UNKNOWN -> new JoinAnswer(JoinAnswer.Outcome.RETRY, detail, Membership.NONE);
        };
    }

    /**
     * Whoever has nothing in its log has no entry that counts: it may forget what it was configured with, and come in as
     * somebody new. But one node's word proves little: that node may be of another life or know less than this one. As
     * long as this node and those that do not refuse it could be a quorum, they may be a cluster that is yet to hold its
     * first election, which must not fail for want of this node. A cluster that lives has a quorum without a node that lost
     * its data, and all of that refuses it.
     */
    private void onRefused(ClusterEvent.RefusedBy refused, long nowNanos) {
        refusal = "node " + refused.peer() + " says: " + refused.text();
        refusedNanos.put(refused.peer(), nowNanos);
        refusedNanos.values().removeIf(at -> nowNanos - at > REFUSAL_NANOS);
        boolean mayBegin = raft.membership().hasQuorum(node -> !refusedNanos.containsKey(node));
        if (!joiner.isWaiting() && !mayBegin && raft.lastEntry().index() == 0) {
            directory.become(Standing.JOINING); // first: after a restart it must not begin a cluster of its own either
            raft.forgetMembership();
            log.warn("node {} is a stranger to its cluster and asks to be taken in anew: {}", raft.self(), refusal);
        }
    }

    /** Does what can be done now, in each turn. */
    void route(long nowNanos) {
        orders.route(nowNanos);
    }

    /** Looks at deadlines and at what was seen, now and then. */
    void tend(long nowNanos) {
        orders.expire(nowNanos);
        joiner.tend(nowNanos);
        if (raft.role() == RoleKind.LEADER && !raft.isChangingMembership()) {
            describe();
        }
    }

    /** Writes into the membership what of a member is known here and not there. */
    private void describe() {
        Membership membership = raft.membership();
        seen.put(self.id(), self);
        for (Member member : membership.details().values()) {
            UUID met = member.storageId() == null ? directory.rememberedStorage(member.id()) : null;
            if (met != null) {
                // Met in an earlier life of this node. Until the others know, whoever lost that storage could not
                // return.
                seen.putIfAbsent(member.id(), Member.of(member.id(), "", met));
            }
        }
        for (Member met : seen.values()) {
            if (membership.contains(met.id()) && isNews(membership.member(met.id()), met)) {
                raft.changeMembership(new MembershipChange.Describe(met));
                return;
            }
        }
        seen.keySet().removeIf(id -> !membership.contains(id));
    }

    private static boolean isNews(Member known, Member met) {
        return !known.isOtherStorage(met.storageId()) && !known.seenAs(met).equals(known);
    }

    /** Returns why this node is not part of its cluster, as far as known; empty if it seems to be. */
    String obstacle() {
        return joiner.isWaiting() ? joiner.obstacle() : raft.leader() == null ? refusal : "";
    }

    boolean isIdle() {
        return orders.isIdle();
    }

    void end(String text) {
        orders.endAll(text);
    }
}
