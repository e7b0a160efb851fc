package io.dengine.transport.netty;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.Guidance;
import io.dengine.transport.PeerTransport.PeerListener;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who is a peer now, and the link to each. Owned by the transport thread, save for {@link #links}.
 *
 * <p>While this node has not joined, whoever comes from its cluster is a peer, and gets its link when it has shaken
 * hands. So does a guide, later too: see {@link Guidance}.
 */
final class Roster {

    /** Bounds the links to those whom no membership names: ids are the strangers' own choice. */
    private static final int MAX_LINKS_TO_STRANGERS = 64;

    private static final long REFUSAL_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Wiring wiring;
    private final PeerListener listener;
    private final Map<NodeId, Long> refusedNanos = new HashMap<>();
    private volatile Map<NodeId, PeerLink> links = Map.of();
    private Membership membership;
    private EntryId place;
    private boolean stopped;

    /** Knows {@code membership}, but connects to nobody before it is told to follow. */
    Roster(Wiring wiring, PeerListener listener, Membership membership, EntryId place) {
        this.wiring = wiring;
        this.listener = listener;
        this.membership = membership;
        this.place = place;
    }

    NettyPeerConfig config() {
        return wiring.config();
    }

    /** Returns the link to each peer. Any thread. */
    Map<NodeId, PeerLink> links() {
        return links;
    }

    /** Returns where in the log the membership stands. */
    EntryId place() {
        return place;
    }

    /** Makes the links those of {@code next}, and of others that may still be spoken to. */
    void follow(Membership next, EntryId nextPlace) {
        if (stopped || (membership.equals(Membership.NONE) && next.equals(Membership.NONE))) {
            return;
        }
        membership = next;
        place = nextPlace;
        Map<NodeId, PeerLink> before = links;
        Map<NodeId, PeerLink> after = new TreeMap<>();
        for (NodeId member : next.members()) {
            if (!member.equals(config().self())) {
                PeerLink known = before.get(member);
                after.put(member, known == null ? new PeerLink(wiring, member, this) : known);
            }
        }
        before.forEach((peer, link) -> {
            boolean mayStay = !next.equals(Membership.NONE) && (link.isToGuide() || isJoining());
            if (!next.contains(peer) && mayStay && link.isConnected()) {
                after.put(peer, link);
            }
        });
        links = Collections.unmodifiableMap(after);
        refusedNanos.keySet().retainAll(after.keySet());
        before.forEach((peer, link) -> {
            if (!after.containsKey(peer)) {
                link.stop("node " + peer + " is not a member any more");
            }
        });
        after.forEach((peer, link) -> {
            if (next.contains(peer)) {
                link.follow(next.member(peer));
            } else {
                link.recheck();
            }
        });
    }

    /** A node that is no member by its own log, or has none, cannot know who leads by now: it takes whoever comes from its cluster. */
    private boolean isJoining() {
        return !membership.contains(config().self());
    }

    /** Returns what the one that said {@code hello} is to this node. */
    Verdict judge(Hello hello) {
        Refusal refusal = refusalOf(hello);
        if (refusal != null) {
            return Verdict.refused(refusal);
        }
        NodeId peer = NodeId.of(hello.nodeId());
        boolean known = isJoining() || membership.contains(peer);
        if (known
                && !isOtherStorage(peer, hello.storageId())
                && config().identityCheck().accept(peer, hello.storageId())) {
            return Verdict.PEER;
        }
        if (Guidance.mayGuide(hello.place(), place)) {
            return Verdict.GUIDE;
        }
        return Verdict.refused(known ? otherStorage(hello) : notAMember(peer));
    }

    /** Returns why this node must not speak to that one, member or not; null if it may. */
    private @Nullable Refusal refusalOf(Hello hello) {
        Refusal refusal = Refusal.ofStranger(hello, config());
        if (refusal != null) {
            return refusal;
        }
        NodeId self = config().self();
        NodeId peer = NodeId.of(hello.nodeId());
        if (peer.equals(self)) {
            return new Refusal(
                    Refusal.Reason.SAME_ID,
                    "node " + self + " meets itself, or another node " + self
                            + ": each member needs an id and an address of its own");
        }
        if (!links.containsKey(peer) && !membership.contains(peer) && links.size() >= MAX_LINKS_TO_STRANGERS) {
            return new Refusal(Refusal.Reason.BUSY, "node " + self + " has met too many nodes to be of one cluster");
        }
        return hello.targetId() == self.value()
                ? null
                : new Refusal(
                        Refusal.Reason.WRONG_TARGET,
                        "node " + peer + " looks for node " + hello.targetId() + " at the address of node " + self);
    }

    private Refusal notAMember(NodeId peer) {
        return new Refusal(
                Refusal.Reason.NOT_A_MEMBER,
                "node " + peer + " is not a member: node " + config().self() + " knows the members "
                        + membership.members());
    }

    private Refusal otherStorage(Hello hello) {
        return new Refusal(
                Refusal.Reason.STORAGE,
                "node " + hello.nodeId() + " comes with storage id " + hello.storageId()
                        + ", which is not the one node " + config().self()
                        + " knows it by: it lost its data, or another node took its id");
    }

    private boolean isOtherStorage(NodeId peer, UUID storageId) {
        return membership.contains(peer) && membership.member(peer).isOtherStorage(storageId);
    }

    /**
     * Returns whether a connection may stay on which {@code hello} was said and judged to be a guide's, or a peer's. A
     * guide that is a member now has to shake hands anew.
     */
    boolean stands(Hello hello, boolean isGuide) {
        NodeId peer = NodeId.of(hello.nodeId());
        boolean isKnown = (isJoining() || membership.contains(peer)) && !isOtherStorage(peer, hello.storageId());
        return isGuide ? !isKnown && Guidance.mayGuide(hello.place(), place) : isKnown && links.containsKey(peer);
    }

    /** A node has shaken hands and accepted this one; returns false if it is no longer what it was judged to be. */
    boolean met(Hello hello, boolean isGuide) {
        NodeId peer = NodeId.of(hello.nodeId());
        boolean isNew = isGuide ? stands(hello, true) : isJoining();
        if (isNew && !links.containsKey(peer) && !stopped) {
            Map<NodeId, PeerLink> more = new TreeMap<>(links);
            more.put(peer, new PeerLink(wiring, peer, this));
            links = Collections.unmodifiableMap(more);
        }
        PeerLink link = links.get(peer);
        if (link == null || !stands(hello, isGuide)) {
            return false;
        }
        link.announced(hello.address());
        if (isGuide) {
            return true;
        }
        Member seen = hello.speaker();
        if (!membership.contains(peer) || !membership.member(peer).seenAs(seen).equals(membership.member(peer))) {
            listener.onSeen(seen);
        }
        return true;
    }

    void disconnected(NodeId peer) {
        listener.onDisconnected(peer);
    }

    /** Reports what concerns this node's identity, to each peer's account at most once a second. */
    void refusedBy(NodeId peer, Refusal refusal) {
        if (!refusal.isOfIdentity() || !links.containsKey(peer)) {
            return;
        }
        long now = System.nanoTime();
        Long last = refusedNanos.get(peer);
        if (last == null || now - last >= REFUSAL_PERIOD_NANOS) {
            refusedNanos.put(peer, now);
            listener.onRefused(peer, refusal.text());
        }
    }

    void stop() {
        stopped = true;
        links.values().forEach(link -> link.stop("the transport closes"));
    }
}
