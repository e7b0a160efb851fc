package io.dengine.node;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.function.Consumer;

/**
 * Takes what peers say off the transport's threads. What waits for the loop is bounded by number and bytes: a proposal
 * beyond that is refused, anything else dropped, as the network might have done: its sender asks again. Thread-safe.
 */
final class PeerInbox implements PeerTransport.PeerListener {

    /** What a file of a snapshot counts for in an offer. */
    private static final long OFFERED_FILE_BYTES = 128;

    private final NodeId self;
    private final PeerTransport transport;
    private final SnapshotAgent snapshotAgent;
    private final Admission admission;
    private final Consumer<NodeEvent> loop;

    PeerInbox(
            NodeId self,
            PeerTransport transport,
            SnapshotAgent snapshotAgent,
            Admission admission,
            Consumer<NodeEvent> loop) {
        this.self = self;
        this.transport = transport;
        this.snapshotAgent = snapshotAgent;
        this.admission = admission;
        this.loop = loop;
    }

    @Override
    public void onMessage(NodeId from, PeerMessage message) {
        if (message instanceof PeerMessage.Chunk || message instanceof PeerMessage.ChunkRequest) {
            snapshotAgent.onPeerMessage(from, message); // the loop's turns are not for these
            return;
        }
        long bytes = sizeOf(message);
        if (admission.tryAcquire(bytes)) {
            loop.accept(new NodeEvent.FromPeer(from, message, bytes));
        } else if (message instanceof PeerMessage.ProposeRequest request) {
            transport.send(
                    from,
                    new PeerMessage.ProposeResponse(
                            request.requestId(),
                            PeerMessage.Outcome.OVERLOADED,
                            null,
                            "node " + self + " is at its limit"));
        }
    }

    private static long sizeOf(PeerMessage message) {
        if (message instanceof PeerMessage.Consensus consensus && consensus.message() instanceof AppendRequest append) {
            return append.entries().stream()
                    .mapToLong(entry -> entry.payload().length)
                    .sum();
        }
        if (message instanceof PeerMessage.SnapshotOffer offer) {
            return OFFERED_FILE_BYTES * offer.manifest().files().size();
        }
        return message instanceof PeerMessage.ProposeRequest request
                ? request.command().length()
                : 0;
    }

    @Override
    public void onDisconnected(NodeId peer) {
        loop.accept(new NodeEvent.PeerLost(peer));
    }

    @Override
    public void onSeen(Member peer) {
        loop.accept(new NodeEvent.ForCluster(new ClusterEvent.Seen(peer)));
    }

    @Override
    public void onJoin(PeerTransport.JoinRequest request, Consumer<PeerTransport.JoinAnswer> answer) {
        loop.accept(new NodeEvent.ForCluster(new ClusterEvent.JoinAsked(request, answer)));
    }

    @Override
    public void onRefused(NodeId peer, String text) {
        loop.accept(new NodeEvent.ForCluster(new ClusterEvent.RefusedBy(peer, text)));
    }
}
