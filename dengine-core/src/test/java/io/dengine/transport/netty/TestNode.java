package io.dengine.transport.netty;

import static org.awaitility.Awaitility.await;

import io.dengine.FreePorts;
import io.dengine.config.PeerAddress;
import io.dengine.config.Security.PeerTls;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerIdentityCheck;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.PeerTransport.PeerListener;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.awaitility.core.ConditionFactory;

/** One transport on a loopback port, and what it heard. Fields may be changed until it starts. */
final class TestNode implements PeerListener, AutoCloseable {

    static final UUID CLUSTER = new UUID(7, 7);
    static final int LARGE_CHUNK_BYTES = 100_000;
    static final Duration PATIENCE = Duration.ofSeconds(10);

    record Heard(NodeId from, PeerMessage message) {}

    final NodeId id;
    final Map<NodeId, PeerAddress> peers;
    UUID clusterId = CLUSTER;
    UUID storageId;
    int maxFrameBytes = 4 << 20;
    long maxQueuedBytes = 8 << 20;
    Duration connectTimeout = Duration.ofSeconds(2);
    Duration idleTimeout = Duration.ofSeconds(5);
    PeerIdentityCheck identityCheck = (peer, storage) -> storage.equals(storageOf(peer));

    final List<Heard> heard = new CopyOnWriteArrayList<>();
    /** Counts the bytes of chunks that are too large to keep. */
    final AtomicLong largeChunkBytes = new AtomicLong();

    final List<NodeId> disconnects = new CopyOnWriteArrayList<>();
    final List<Member> seen = new CopyOnWriteArrayList<>();
    final List<String> refusals = new CopyOnWriteArrayList<>();
    volatile BiConsumer<PeerTransport.JoinRequest, Consumer<PeerTransport.JoinAnswer>> onJoin =
            (request, answer) -> answer.accept(
                    new PeerTransport.JoinAnswer(PeerTransport.JoinAnswer.Outcome.REFUSED, "no", Membership.NONE));

    /** Where the others are told to find this node; null for where it listens. */
    PeerAddress advertised;

    /** Where the others are told that this node serves clients. */
    PeerAddress apiAddress;

    Map<NodeId, PeerAddress> fallbacks = Map.of();
    Patience patience = Patience.DEFAULT;
    boolean joining;
    PeerTls tls;

    /** Where in the log the membership stands that it starts with. */
    EntryId place = EntryId.ZERO;

    private final PeerAddress bind;
    private NettyPeerTransport transport;
    private PeerThread thread;

    TestNode(int id, Map<NodeId, PeerAddress> members) {
        this.id = NodeId.of(id);
        this.peers = new TreeMap<>(members);
        this.bind = peers.remove(this.id);
        this.storageId = storageOf(this.id);
    }

    @Override
    public void onSeen(Member peer) {
        seen.add(peer);
    }

    @Override
    public void onJoin(PeerTransport.JoinRequest request, Consumer<PeerTransport.JoinAnswer> answer) {
        onJoin.accept(request, answer);
    }

    @Override
    public void onRefused(NodeId peer, String text) {
        refusals.add(peer + ": " + text);
    }

    static UUID storageOf(NodeId id) {
        return new UUID(1, id.value());
    }

    /** Returns addresses of nodes 1 to {@code count} at ports that are free now. */
    static Map<NodeId, PeerAddress> members(int count) {
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        for (int id = 1; id <= count; id++) {
            members.put(NodeId.of(id), freeAddress());
        }
        return members;
    }

    static PeerAddress freeAddress() {
        return FreePorts.address();
    }

    NettyPeerConfig config() {
        return new NettyPeerConfig(
                id,
                clusterId,
                storageId,
                bind,
                advertised == null ? bind : advertised,
                apiAddress,
                fallbacks,
                maxFrameBytes,
                maxQueuedBytes,
                connectTimeout,
                idleTimeout,
                identityCheck,
                tls);
    }

    TestNode start() {
        return startFollowing(joining ? Membership.NONE : membership());
    }

    TestNode startFollowing(Membership membership) {
        thread = new PeerThread("dengine-" + id + "-loop");
        transport = new NettyPeerTransport(config(), thread, patience);
        transport.follow(membership, place);
        transport.start(this);
        return this;
    }

    /** Starts anew at another address, with the same storage. */
    TestNode movedTo(PeerAddress address) {
        Map<NodeId, PeerAddress> members = new TreeMap<>(peers);
        members.put(id, address);
        return new TestNode(id.value(), members);
    }

    /** Returns the membership of this node and its peers, of which the addresses are known. */
    Membership membership() {
        Map<NodeId, Member> members = new TreeMap<>();
        members.put(id, Member.of(id, bind.toString(), storageId));
        peers.forEach((peer, address) -> members.put(peer, Member.of(peer, address.toString(), null)));
        return Membership.ofVoters(members);
    }

    NettyPeerTransport transport() {
        return transport;
    }

    PeerAddress address() {
        return bind;
    }

    boolean send(int to, PeerMessage message) {
        return transport.send(NodeId.of(to), message);
    }

    static ConditionFactory patiently() {
        return await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
    }

    void awaitConnected(int... to) {
        for (int peer : to) {
            patiently().until(() -> transport.connectedPeers().contains(NodeId.of(peer)));
        }
    }

    void awaitHeard(int from, PeerMessage message) {
        patiently().until(() -> heard.contains(new Heard(NodeId.of(from), message)));
    }

    @Override
    public void onMessage(NodeId from, PeerMessage message) {
        if (message instanceof PeerMessage.Chunk chunk && chunk.bytes().length() >= LARGE_CHUNK_BYTES) {
            largeChunkBytes.addAndGet(chunk.bytes().length());
        } else {
            heard.add(new Heard(from, message));
        }
    }

    @Override
    public void onDisconnected(NodeId peer) {
        disconnects.add(peer);
    }

    @Override
    public void close() {
        if (transport != null) {
            transport.close();
            thread.close();
        }
    }
}
