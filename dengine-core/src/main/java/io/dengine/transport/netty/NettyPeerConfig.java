package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.config.Security;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerIdentityCheck;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the transport of one node must know. Immutable.
 *
 * @param self this node
 * @param clusterId names the cluster; a peer with another one is refused
 * @param storageId names this node's data directory
 * @param bind where this node listens; a host of {@code 0.0.0.0} listens on every interface
 * @param advertised where peers reach this node, which it tells everyone it meets
 * @param apiAddress where this node serves clients, which it tells everyone as well; null if it serves none
 * @param fallbackAddresses where a peer may be found as well, tried in turn with the address that the membership names
 *     and the one that the peer announced; they make nobody a peer
 * @param maxFrameBytes the longest frame written or accepted, 1 KiB or more. It must hold the largest batch of entries
 *     and the largest forwarded command: a longer message is never sent
 * @param maxQueuedBytes the most bytes that wait for one peer, 1 KiB or more; beyond it a message is dropped
 * @param connectTimeout how long a connection may take to be made, and again to shake hands; 10 ms or more. A silent
 *     cut heals at most this plus half a second after it ends
 * @param idleTimeout the silence after which a connection is closed and dialled anew; 30 ms or more. Peers speak at
 *     least three times within it. It may take a third longer
 * @param identityCheck decides whether a peer's data is still what this node knows. Called on the transport thread, once
 *     for each handshake
 * @param tls how peers prove themselves to each other; null for plaintext
 */
public record NettyPeerConfig(
        NodeId self,
        UUID clusterId,
        UUID storageId,
        PeerAddress bind,
        PeerAddress advertised,
        @Nullable PeerAddress apiAddress,
        Map<NodeId, PeerAddress> fallbackAddresses,
        int maxFrameBytes,
        long maxQueuedBytes,
        Duration connectTimeout,
        Duration idleTimeout,
        PeerIdentityCheck identityCheck,
        Security.@Nullable PeerTls tls) {

    public NettyPeerConfig {
        fallbackAddresses = Map.copyOf(fallbackAddresses);
        require(
                isShort(advertised) && (apiAddress == null || isShort(apiAddress)),
                "advertised and apiAddress are at most " + Member.MAX_ADDRESS_BYTES + " bytes long");
        require(maxFrameBytes >= 1024, "maxFrameBytes >= 1024");
        require(maxQueuedBytes >= 1024, "maxQueuedBytes >= 1024");
        require(connectTimeout.toMillis() >= 10 && connectTimeout.toMinutes() < 60, "10 ms <= connectTimeout < 1 h");
        require(idleTimeout.toMillis() >= 30 && idleTimeout.toMinutes() < 60, "30 ms <= idleTimeout < 1 h");
    }

    private static boolean isShort(PeerAddress address) {
        return address.toString().getBytes(StandardCharsets.UTF_8).length <= Member.MAX_ADDRESS_BYTES;
    }

    int connectTimeoutMillis() {
        return (int) connectTimeout.toMillis();
    }

    private static void require(boolean condition, String claim) {
        if (!condition) {
            throw new IllegalArgumentException("does not hold: " + claim);
        }
    }
}
