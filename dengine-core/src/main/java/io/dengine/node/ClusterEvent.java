package io.dengine.node;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.dengine.transport.PeerTransport.Sighting;
import java.util.function.Consumer;

/** What the event loop hears about who belongs to the cluster. */
sealed interface ClusterEvent {

    /** A caller of this node wants the cluster changed. */
    record Ordered(PendingOrder order) implements ClusterEvent {}

    /** A node outside the cluster asks to be taken in. */
    record JoinAsked(JoinRequest request, Consumer<JoinAnswer> answer) implements ClusterEvent {}

    /** This node's own attempt to join was answered. */
    record JoinAnswered(JoinAnswer answer) implements ClusterEvent {}

    /** Somebody, or nobody, was found at the address that an order names. */
    record Probed(PendingOrder order, Sighting sighting) implements ClusterEvent {}

    /** A peer has connected. */
    record Seen(Member peer) implements ClusterEvent {}

    /** A peer does not take this node for a member. */
    record RefusedBy(NodeId peer, String text) implements ClusterEvent {}
}
