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
import io.dengine.storage.file.DataDirectory;
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
import java.util.function.Consumer;
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

    private final Raft raft;
    private final PeerTransport transport;
    private final PeerDirectory peers;
    private final Member self;
    private final DataDirectory directory;
    private final ClusterOrders orders;
    private final Joiner joiner;
    private final long orderNanos;
    private final Map<NodeId, Member> seen = new TreeMap<>();
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
        this.joiner = new Joiner(raft, transport, events, self, seeds(parts), electionNanos);
        this.orderNanos = orderNanos(config);
        transport.follow(raft.membership());
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
            onRefused(refused);
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
        Membership membership = changed.membership();
        log.info("node {}: {} from entry {} on", raft.self(), membership, changed.index());
        if (!membership.isJoint() && membership.voters().size() % 2 == 0) {
            log.warn(
                    "{} voters tolerate no more failures than {} do: an odd number is better",
                    membership.voters().size(),
                    membership.voters().size() - 1);
        }
        peers.follow(membership);
        transport.follow(membership);
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
            case NOT_LEADER, UNSAFE -> new JoinAnswer(JoinAnswer.Outcome.RETRY, detail, Membership.NONE);
        };
    }

    /** Whoever has nothing in its log promised nothing: it may forget what it was configured with, and come in as somebody new. */
    private void onRefused(ClusterEvent.RefusedBy refused) {
        refusal = "node " + refused.peer() + " says: " + refused.text();
        if (!joiner.isOutside() && raft.forgetMembership()) {
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
                // Met in an earlier life of this node: until the others know, whoever lost that storage could not come
                // back.
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
        return joiner.isOutside() ? joiner.obstacle() : raft.leader() == null ? refusal : "";
    }

    boolean isIdle() {
        return orders.isIdle();
    }

    void end(String text) {
        orders.endAll(text);
    }
}
