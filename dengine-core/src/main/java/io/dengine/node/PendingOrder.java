package io.dengine.node;

import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.transport.ClusterOrder;
import io.dengine.transport.PeerMessage.ClusterOutcome;
import io.dengine.transport.PeerTransport.Sighting;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An order for a change of the cluster, on its way to be answered once. Not thread-safe: the event loop's. */
final class PendingOrder {

    /** Gets the answer. */
    interface Reply {

        /**
         * @param detail for the user; empty if DONE
         * @param begun whether it may come about although it is not DONE
         */
        void answer(ClusterOutcome outcome, String detail, boolean begun);
    }

    private final ClusterOrder order;
    private final long deadlineNanos;
    private final boolean forPeer;
    private final Reply reply;
    private @Nullable Sighting sighting;
    private boolean probing;
    private boolean refused;
    private long refusedNanos;
    private boolean begun;
    private boolean answered;
    private String obstacle = "no leader is known";

    /**
     * @param forPeer whether the peer that handed it on looks for another leader if this node is none
     * @param reply gets the answer, once
     */
    PendingOrder(ClusterOrder order, long deadlineNanos, boolean forPeer, Reply reply) {
        this.order = order;
        this.deadlineNanos = deadlineNanos;
        this.forPeer = forPeer;
        this.reply = reply;
    }

    /** An order of a caller of this node, for whom {@code done} completes. */
    static PendingOrder ofCaller(ClusterOrder order, long deadlineNanos, CompletableFuture<Void> done) {
        return new PendingOrder(order, deadlineNanos, false, (outcome, detail, begun) -> {
            switch (outcome) {
                case DONE -> done.complete(null);
                case UNSAFE -> done.completeExceptionally(new RefusedException(Reason.UNSAFE, detail));
                case INVALID -> done.completeExceptionally(new RefusedException(Reason.INVALID, detail));
                case UNKNOWN -> done.completeExceptionally(new IndeterminateException(detail));
                case NOT_LEADER ->
                    done.completeExceptionally(
                            begun
                                    ? new IndeterminateException("the cluster may still change as asked for: " + detail)
                                    : new RefusedException(Reason.NO_LEADER, detail));
            }
        });
    }

    ClusterOrder order() {
        return order;
    }

    boolean isForPeer() {
        return forPeer;
    }

    boolean isDue(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    /** Returns who was found at the address that the order names; null if nobody has looked yet. */
    @Nullable
    Sighting sighting() {
        return sighting;
    }

    void sighted(Sighting found) {
        sighting = found;
        probing = false;
    }

    /** Returns whether the caller is the first to look. */
    boolean startProbe() {
        boolean first = !probing;
        probing = true;
        return first;
    }

    /** The leader has begun to carry it out: it may come about whatever is answered. */
    void begin() {
        begun = true;
    }

    boolean isBegun() {
        return begun;
    }

    /** Returns whether the leader has refused it for as long, at every try. */
    boolean hasBeenRefusedFor(long nanos, long nowNanos) {
        if (!refused) {
            refused = true;
            refusedNanos = nowNanos;
        }
        return nowNanos - refusedNanos >= nanos;
    }

    /** Notes what it waits for. */
    void waitFor(String what) {
        obstacle = what;
    }

    String obstacle() {
        return obstacle;
    }

    boolean isAnswered() {
        return answered;
    }

    void answer(ClusterOutcome outcome, String detail) {
        if (!answered) {
            answered = true;
            reply.answer(outcome, detail, begun);
        }
    }
}
