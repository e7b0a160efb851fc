package io.dengine.node;

import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.raft.ChangeOutcome;
import io.dengine.raft.PeerProgress;
import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.ClusterOrder;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.ClusterOutcome;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.PeerTransport.Sighting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sees each order for a change of the cluster through, wherever it was given: hands it on to the leader, and there waits for its
 * turn and for its commit. An order may be asked for again by every leader, since what is so already is done: nothing is
 * ever unknown before its time is up. Not thread-safe: the event loop's.
 */
final class ClusterOrders {

    /** More than any sane operator or any cluster's joining nodes; beyond it orders are refused. */
    static final int MAX_ORDERS = 64;

    private final Raft raft;
    private final PeerTransport transport;
    private final Consumer<ClusterEvent> events;
    private final long contactNanos;
    private final long retryNanos;
    private final List<PendingOrder> orders = new ArrayList<>();
    private final Map<Long, PendingOrder> handedOn = new LinkedHashMap<>();
    private @Nullable NodeId handedTo;
    private @Nullable PendingOrder transfer;
    private long transferUntilNanos;
    private long lastId;
    private long routeAgainNanos = Long.MIN_VALUE;

    /**
     * @param events takes what is found out on other threads
     * @param contactNanos how long a member that does not answer still counts as present
     */
    ClusterOrders(
            Raft raft, PeerTransport transport, Consumer<ClusterEvent> events, long contactNanos, long firstRequestId) {
        this.raft = raft;
        this.transport = transport;
        this.events = events;
        this.contactNanos = contactNanos;
        this.retryNanos = contactNanos / 8;
        this.lastId = firstRequestId;
    }

    /** Takes an order in, or says that there are too many. */
    void submit(PendingOrder order) {
        if (orders.size() >= MAX_ORDERS) {
            order.answer(ClusterOutcome.UNSAFE, "there are " + MAX_ORDERS + " orders under way: retry after a moment");
            return;
        }
        orders.add(order);
    }

    void onResponse(PeerMessage.ClusterResponse response, long nowNanos) {
        PendingOrder order = handedOn.remove(response.requestId());
        if (order == null) {
            return;
        }
        if (response.outcome() == ClusterOutcome.NOT_LEADER) {
            order.waitFor(response.detail());
            routeAgainNanos = nowNanos + retryNanos;
        } else {
            order.answer(response.outcome(), response.detail());
        }
    }

    void onPeerLost(NodeId peer) {
        if (peer.equals(handedTo)) {
            handedOn.clear();
        }
    }

    /** Does for each order what can be done now. */
    void route(long nowNanos) {
        if (orders.isEmpty()) {
            return;
        }
        boolean leads = raft.role() == RoleKind.LEADER;
        finishTransfer(nowNanos);
        for (PendingOrder order : orders) {
            if (order.isAnswered() || order == transfer) {
                continue;
            }
            if (leads) {
                carryOut(order, nowNanos);
            } else if (order.isForPeer()) {
                order.answer(ClusterOutcome.NOT_LEADER, "node " + raft.self() + " does not lead");
            }
        }
        if (!leads) {
            handOn(nowNanos);
        }
        orders.removeIf(PendingOrder::isAnswered);
    }

    private void handOn(long nowNanos) {
        NodeId leader = raft.leader();
        if (leader == null || nowNanos < routeAgainNanos) {
            return;
        }
        if (!leader.equals(handedTo)) {
            handedOn.clear();
            handedTo = leader;
        }
        for (PendingOrder order : orders) {
            if (order.isAnswered() || order == transfer || handedOn.containsValue(order)) {
                continue;
            }
            long id = ++lastId;
            if (transport.send(leader, new PeerMessage.ClusterRequest(id, order.order()))) {
                order.begin();
                handedOn.put(id, order);
            }
        }
    }

    private void carryOut(PendingOrder order, long nowNanos) {
        if (order.order() instanceof ClusterOrder.Transfer wanted) {
            startTransfer(order, wanted, nowNanos);
        } else if (order.order() instanceof ClusterOrder.Change wanted) {
            carryOut(order, wanted.change(), nowNanos);
        } else {
            throw new AssertionError(order.order());
        }
    }

    private void carryOut(PendingOrder order, MembershipChange change, long nowNanos) {
        if (change.isAccepted(raft.committedMembership())) {
            order.answer(ClusterOutcome.DONE, "");
            return;
        }
        Membership now = raft.membership();
        Member joining = joiningIn(change);
        if (joining == null
                || (now.contains(joining.id()) && !now.member(joining.id()).isOtherStorage(joining.storageId()))) {
            start(order, change, nowNanos);
            return;
        }
        Member found = find(order, joining);
        if (found == null) {
            return;
        }
        if (!now.contains(found.id()) || !now.member(found.id()).isOtherStorage(found.storageId())) {
            start(order, joinOf(change, found), nowNanos);
        } else if (found.id().equals(raft.self()) || isPresent(found.id(), nowNanos)) {
            order.answer(
                    ClusterOutcome.UNSAFE,
                    "node id " + found.id()
                            + " belongs to another data directory, whose node was heard of just now. If that"
                            + " one still runs, give the new one an id of its own");
        } else {
            // It lost its data, and with it what it promised: who it was goes before it comes back as somebody new.
            start(order, new MembershipChange.Remove(found.id()), nowNanos);
        }
    }

    private static @Nullable Member joiningIn(MembershipChange change) {
        if (change instanceof MembershipChange.AddLearner add) {
            return add.member();
        }
        return change instanceof MembershipChange.Replace replace ? replace.member() : null;
    }

    private static MembershipChange joinOf(MembershipChange change, Member found) {
        return change instanceof MembershipChange.Replace replace
                ? new MembershipChange.Replace(replace.leaving(), found)
                : new MembershipChange.AddLearner(found);
    }

    /** Returns the node as it was met at its address; null while nobody has looked, or if the order is answered. */
    private @Nullable Member find(PendingOrder order, Member joining) {
        Sighting sighting = order.sighting();
        if (sighting == null) {
            order.waitFor("node " + joining.id() + " is being looked for at " + joining.address());
            if (order.startProbe()) {
                probe(order, joining);
            }
            return null;
        }
        Member found = sighting.member();
        if (found == null) {
            order.answer(ClusterOutcome.UNSAFE, sighting.problem());
            return null;
        }
        if (!found.id().equals(joining.id())) {
            order.answer(
                    ClusterOutcome.INVALID,
                    "at " + joining.address() + " is node " + found.id() + ", not node " + joining.id());
            return null;
        }
        if (joining.storageId() != null && !joining.storageId().equals(found.storageId())) {
            // Asked for in an earlier life. To take in who is there now would throw out whom a later request brings in.
            order.answer(
                    ClusterOutcome.UNSAFE,
                    "node " + joining.id() + " at " + joining.address() + " has another data directory by now");
            return null;
        }
        return joining.seenAs(found);
    }

    private void probe(PendingOrder order, Member joining) {
        try {
            transport.probe(
                    PeerAddress.parse(joining.address()),
                    sighting -> events.accept(new ClusterEvent.Probed(order, sighting)));
        } catch (InvalidConfigException e) {
            order.answer(ClusterOutcome.INVALID, "'" + joining.address() + "' is not a host:port address");
        }
    }

    private boolean isPresent(NodeId member, long nowNanos) {
        for (PeerProgress peer : raft.peers()) {
            if (peer.peer().equals(member)) {
                return nowNanos - peer.lastContactNanos() < contactNanos;
            }
        }
        return false;
    }

    private void start(PendingOrder order, MembershipChange change, long nowNanos) {
        ChangeOutcome outcome = raft.changeMembership(change);
        if (!(outcome instanceof ChangeOutcome.Refused refused)) {
            order.begin();
            order.waitFor("it waits to be committed by a majority");
            return;
        }
        switch (refused.reason()) {
            case NOT_LEADER, CHANGE_IN_PROGRESS -> order.waitFor(refused.text());
            case LEADER_LEAVES -> {
                order.waitFor(refused.text());
                if (!raft.transferLeadership(null)) {
                    order.answer(ClusterOutcome.UNSAFE, refused.text() + ", and no other voter can take over now");
                }
            }
            case NOT_CAUGHT_UP, QUORUM_AT_RISK -> {
                order.waitFor(refused.text());
                // A leader of long standing has heard all who live; a new one must be given the time.
                if (order.hasBeenRefusedFor(contactNanos, nowNanos)) {
                    order.answer(ClusterOutcome.UNSAFE, refused.text());
                }
            }
            case INVALID -> order.answer(ClusterOutcome.INVALID, refused.text());
        }
    }

    private void startTransfer(PendingOrder order, ClusterOrder.Transfer wanted, long nowNanos) {
        if (raft.self().equals(wanted.target())) {
            order.answer(ClusterOutcome.DONE, "");
        } else if (raft.transferLeadership(wanted.target())) {
            order.begin();
            transfer = order;
            transferUntilNanos = nowNanos + contactNanos;
        } else {
            order.answer(
                    ClusterOutcome.UNSAFE,
                    wanted.target() == null
                            ? "no other voter is in contact"
                            : "node " + wanted.target() + " is no voter of " + raft.membership()
                                    + ", or another transfer is under way");
        }
    }

    private void finishTransfer(long nowNanos) {
        PendingOrder order = transfer;
        if (order == null) {
            return;
        }
        NodeId leader = raft.leader();
        NodeId target = order.order() instanceof ClusterOrder.Transfer wanted ? wanted.target() : null;
        if (raft.role() != RoleKind.LEADER && leader != null) {
            boolean asWanted = target == null || target.equals(leader);
            order.answer(
                    asWanted ? ClusterOutcome.DONE : ClusterOutcome.UNSAFE,
                    asWanted ? "" : "node " + leader + " took over instead of node " + target);
        } else if (nowNanos - transferUntilNanos >= 0) {
            boolean over = raft.role() == RoleKind.LEADER && !raft.mayBeSucceeded();
            order.answer(
                    over ? ClusterOutcome.UNSAFE : ClusterOutcome.UNKNOWN,
                    "no other node took over within an election timeout");
        } else {
            return;
        }
        transfer = null;
    }

    /** Answers what has waited too long: a leader knows what it did not begin. */
    void expire(long nowNanos) {
        boolean leads = raft.role() == RoleKind.LEADER;
        for (PendingOrder order : orders) {
            if (order.isDue(nowNanos)) {
                boolean refused = leads && !order.isBegun();
                order.answer(refused ? ClusterOutcome.UNSAFE : ClusterOutcome.NOT_LEADER, order.obstacle());
            }
        }
        orders.removeIf(PendingOrder::isAnswered);
        handedOn.values().removeIf(PendingOrder::isAnswered);
    }

    boolean isIdle() {
        return orders.isEmpty();
    }

    /** Answers everything: the node ends. */
    void endAll(String text) {
        orders.forEach(order -> order.answer(ClusterOutcome.NOT_LEADER, text));
        orders.clear();
        handedOn.clear();
    }
}
