package io.dengine.transport.netty;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport.PeerListener;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All connections that others dialled; of each peer one counts for each purpose. Owned by the transport thread. */
final class Inbound {

    /** Bounds the connections, so that strangers cannot exhaust file descriptors or memory. */
    static final int MAX_CONNECTIONS = 512;

    /** The most nodes that are served at once without being peers. */
    static final int MAX_GUESTS = 16;

    private static final Logger log = LoggerFactory.getLogger(NettyPeerTransport.class);

    private final Wiring wiring;
    private final NettyPeerConfig config;
    private final PeerListener listener;
    private final Roster roster;
    private final RepeatFilter repeats;
    private final Set<AcceptedConnection> all = new HashSet<>();
    private final Set<AcceptedConnection> guests = new HashSet<>();
    private final Map<Counted, AcceptedConnection> counting = new HashMap<>();

    private record Counted(NodeId peer, Hello.Purpose purpose) {}

    Inbound(Wiring wiring, PeerListener listener, Roster roster) {
        this.wiring = wiring;
        this.config = wiring.config();
        this.listener = listener;
        this.roster = roster;
        this.repeats = wiring.repeats();
    }

    Wiring wiring() {
        return wiring;
    }

    PeerListener listener() {
        return listener;
    }

    void opened(AcceptedConnection connection) {
        all.add(connection);
        if (all.size() > MAX_CONNECTIONS) {
            connection.close("there are " + MAX_CONNECTIONS + " connections already");
        }
    }

    /** Returns where in the log this node's membership stands. */
    EntryId place() {
        return roster.place();
    }

    /** Returns what the one is that begins a connection with {@code hello}; of a guest, whether it may go on. */
    Verdict judge(Hello hello, AcceptedConnection connection) {
        if (hello.purpose() != Hello.Purpose.GUEST) {
            return roster.judge(hello);
        }
        Refusal refusal = Refusal.ofStranger(hello, config);
        if (refusal == null && guests.size() >= MAX_GUESTS) {
            refusal = new Refusal(
                    Refusal.Reason.BUSY, "node " + config.self() + " has " + MAX_GUESTS + " nodes asking already");
        }
        if (refusal == null) {
            guests.add(connection);
        }
        return new Verdict(refusal, false);
    }

    /** The newest connection of a peer counts; one before it is broken, whether this node noticed or not. */
    void established(Hello hello, AcceptedConnection connection) {
        NodeId peer = NodeId.of(hello.nodeId());
        AcceptedConnection older = counting.put(new Counted(peer, hello.purpose()), connection);
        boolean isBulk = hello.purpose() == Hello.Purpose.BULK;
        if (older != null) {
            older.close("a newer connection replaces it");
            if (!isBulk) {
                listener.onDisconnected(peer);
            }
        }
        repeats.forget(key(peer.value()));
        repeats.forgetPrefix("from " + connection.remoteHost() + ": ");
        if (isBulk) {
            closeUnless(roster.stands(hello, connection.isGuide()), connection);
        } else {
            log.info("node {}: {} {} connected", config.self(), connection.isGuide() ? "guide" : "peer", peer);
            closeUnless(roster.met(hello, connection.isGuide()), connection);
        }
    }

    /** Closes the connections of those that are no longer what they were judged to be. */
    void recheck() {
        List.copyOf(counting.values()).forEach(one -> closeUnless(roster.stands(one.met(), one.isGuide()), one));
    }

    private static void closeUnless(boolean isPeer, AcceptedConnection connection) {
        if (!isPeer) {
            connection.close("it is not a member's any more");
        }
    }

    void deliver(NodeId from, PeerMessage message) {
        listener.onMessage(from, message);
    }

    void refused(Hello hello, String host, Refusal refusal) {
        if (repeats.isNews(key(hello.nodeId()), refusal.text())) {
            log.warn(
                    "node {}: refused a connection of node {} from {}: {}",
                    config.self(),
                    hello.nodeId(),
                    host,
                    refusal.text());
        }
    }

    /** One that has not said which node it is. */
    void refusedUnknown(String host, String text) {
        if (repeats.isNews("from " + host + ": " + text, text)) {
            log.warn("node {}: refused a connection from {}: {}", config.self(), host, text);
        }
    }

    void refusedBy(NodeId peer, Refusal refusal) {
        if (repeats.isNews(key(peer.value()), refusal.text())) {
            log.warn("node {}: peer {} connected, but refuses this node: {}", config.self(), peer, refusal.text());
        }
        roster.refusedBy(peer, refusal);
    }

    /** {@code hello} is null if the handshake was never completed. */
    void closed(AcceptedConnection connection, @Nullable Hello hello, String reason) {
        all.remove(connection);
        guests.remove(connection);
        if (hello == null) {
            return;
        }
        NodeId peer = NodeId.of(hello.nodeId());
        if (counting.remove(new Counted(peer, hello.purpose()), connection)
                && hello.purpose() == Hello.Purpose.MESSAGES) {
            log.info("node {}: the connection from peer {} ended: {}", config.self(), peer, reason);
            listener.onDisconnected(peer);
        }
    }

    private static String key(int nodeId) {
        return "from " + nodeId;
    }
}
