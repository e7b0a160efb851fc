package io.dengine.transport.netty;

import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport.PeerListener;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All connections that peers dialled, at most one counting for each peer. Owned by the transport thread. */
final class Inbound {

    /** Bounds the connections, so that strangers cannot exhaust file descriptors or memory. */
    static final int MAX_CONNECTIONS = 512;

    private static final Logger log = LoggerFactory.getLogger(NettyPeerTransport.class);

    private final NettyPeerConfig config;
    private final PeerListener listener;
    private final Consumer<NodeId> peerIsUp;
    private final RepeatFilter repeats;
    private final Set<AcceptedConnection> all = new HashSet<>();
    private final Map<NodeId, AcceptedConnection> byPeer = new HashMap<>();

    /** {@code peerIsUp} is told when a peer has reached this node. */
    Inbound(NettyPeerConfig config, PeerListener listener, Consumer<NodeId> peerIsUp, RepeatFilter repeats) {
        this.config = config;
        this.listener = listener;
        this.peerIsUp = peerIsUp;
        this.repeats = repeats;
    }

    void opened(AcceptedConnection connection) {
        all.add(connection);
        if (all.size() > MAX_CONNECTIONS) {
            connection.close("there are " + MAX_CONNECTIONS + " connections already");
        }
    }

    /** The newest connection of a peer counts; one before it is broken, whether this node noticed or not. */
    void established(NodeId peer, AcceptedConnection connection) {
        AcceptedConnection older = byPeer.put(peer, connection);
        if (older != null) {
            older.close("a newer connection replaces it");
            listener.onDisconnected(peer);
        }
        repeats.forget(key(peer.value()));
        log.info("node {}: peer {} connected", config.self(), peer);
        peerIsUp.accept(peer);
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

    void refusedBy(NodeId peer, Refusal refusal) {
        if (repeats.isNews(key(peer.value()), refusal.text())) {
            log.warn("node {}: peer {} connected, but refuses this node: {}", config.self(), peer, refusal.text());
        }
    }

    /** {@code peer} is null if the handshake was never completed. */
    void closed(AcceptedConnection connection, @Nullable NodeId peer, String reason) {
        all.remove(connection);
        if (peer != null && byPeer.remove(peer, connection)) {
            log.info("node {}: the connection from peer {} ended: {}", config.self(), peer, reason);
            listener.onDisconnected(peer);
        }
    }

    private static String key(int nodeId) {
        return "from " + nodeId;
    }
}
