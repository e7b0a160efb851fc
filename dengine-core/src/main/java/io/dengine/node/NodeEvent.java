package io.dengine.node;

import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.StateMachine;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.PeerMessage;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the event loop's mailbox holds. */
sealed interface NodeEvent {

    /** A caller of this node wants a command applied. */
    record Propose(PendingWrite write) implements NodeEvent {}

    /** A caller of this node wants a linearizable read. */
    record Read(PendingRead read) implements NodeEvent {}

    /** A peer said something; {@code bytes} is what it counts for in the mailbox's bound. */
    record FromPeer(NodeId from, PeerMessage message, long bytes) implements NodeEvent {}

    /** A connection to or from a peer broke. */
    record PeerLost(NodeId peer) implements NodeEvent {}

    /** The log writer made this durable. */
    record Written(@Nullable HardState hardState, @Nullable EntryId last) implements NodeEvent {}

    /** The applier applied a batch. */
    record Applied(StateMachine.Outcome outcome) implements NodeEvent {}

    /** The state is flushed: the log up to {@code index} is no longer needed for recovery. */
    record Flushed(long index) implements NodeEvent {}

    /** A snapshot of this node's state was taken and can be offered. */
    record SnapshotTaken(SnapshotManifest manifest) implements NodeEvent {}

    /** A snapshot of this node's state was taken, and its rows are not those that the hash was kept of. */
    record SnapshotWrong(SnapshotManifest manifest) implements NodeEvent {}

    /** A snapshot of another node is complete on this disk. */
    record SnapshotArrived(SnapshotManifest manifest) implements NodeEvent {}

    /** The log writer put a snapshot in its place; the applier is to open it. */
    record Installed() implements NodeEvent {}

    /** The state goes on from a snapshot. */
    record Restored(SnapshotManifest manifest) implements NodeEvent {}

    /** Someone wants a snapshot taken. */
    record TakeSnapshot(CompletableFuture<SnapshotManifest> done) implements NodeEvent {}

    /** Something about who belongs to the cluster. */
    record ForCluster(ClusterEvent event) implements NodeEvent {}

    /** Another agent broke. */
    record Broken(String agent, Throwable cause) implements NodeEvent {}

    /** The node is to close: lead no longer, finish what is pending, then complete {@code done}. */
    record HandOver(CompletableFuture<Void> done) implements NodeEvent {}

    /** Answers whoever waits for this event, if anyone does, that nothing happened. */
    default void refuse(Reason reason, String text) {
        if (this instanceof Propose propose) {
            propose.write().refused(reason, text);
        } else if (this instanceof Read read) {
            read.read().refused(reason, text);
        } else if (this instanceof TakeSnapshot take) {
            take.done().completeExceptionally(new RefusedException(reason, text));
        } else if (this instanceof ForCluster cluster && cluster.event() instanceof ClusterEvent.Ordered ordered) {
            ordered.order().answer(PeerMessage.ClusterOutcome.NOT_LEADER, text);
        }
    }
}
