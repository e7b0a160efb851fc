package io.dengine.node;

import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.raft.Notice;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners who leads, in order, and of this node itself only once it has applied all that was acknowledged in
 * earlier terms. The event loop reports; listeners are called one at a time through the callback executor. Changes and
 * registrations are queued there under one lock, so that each listener sees the changes in order and none twice.
 */
final class NodeObservers {

    private static final Logger log = LoggerFactory.getLogger(NodeObservers.class);

    private final NodeId self;
    private final SerialExecutor callbacks;
    private final List<LeaderListener> leaderListeners = new CopyOnWriteArrayList<>();
    private volatile LeaderChange current = new LeaderChange(0, null, false);
    private final AtomicLong leaderChanges = new AtomicLong();
    private long establishedTerm;
    private long establishedIndex = Long.MAX_VALUE;

    NodeObservers(NodeId self, Executor callbacks) {
        this.self = self;
        this.callbacks = new SerialExecutor(callbacks);
    }

    synchronized AutoCloseable add(LeaderListener listener) {
        leaderListeners.add(listener);
        LeaderChange now = current;
        callbacks.execute(() -> tell(listener, now));
        return () -> leaderListeners.remove(listener);
    }

    /** Tells {@code listener} of the membership, which does not change while the node runs. */
    void tell(MembershipListener listener, long index, Membership membership) {
        callbacks.execute(() -> {
            try {
                listener.onMembership(index, membership);
            } catch (RuntimeException e) {
                log.warn("a membership listener failed", e);
            }
        });
    }

    LeaderChange current() {
        return current;
    }

    long leaderChanges() {
        return leaderChanges.get();
    }

    void onRole(Notice.RoleChanged changed) {
        if (changed.role() != RoleKind.LEADER) {
            establishedIndex = Long.MAX_VALUE;
            change(new LeaderChange(changed.term(), changed.leader(), false));
        }
    }

    void onEstablished(Notice.LeaderEstablished established, long appliedIndex) {
        establishedTerm = established.term();
        establishedIndex = established.firstIndex();
        onApplied(appliedIndex);
    }

    void onApplied(long index) {
        if (index >= establishedIndex) {
            establishedIndex = Long.MAX_VALUE;
            change(new LeaderChange(establishedTerm, self, true));
        }
    }

    /** The node takes no part any more. Only once nothing else is reported. */
    void onEnded() {
        change(new LeaderChange(current.term(), null, false));
    }

    private synchronized void change(LeaderChange next) {
        LeaderChange last = current;
        @Nullable NodeId leader = next.leader();
        if (Objects.equals(last.leader(), leader)
                && last.self() == next.self()
                && (leader == null || last.term() == next.term())) {
            return;
        }
        current = next;
        if (leader != null) {
            leaderChanges.incrementAndGet();
        }
        for (LeaderListener listener : leaderListeners) {
            callbacks.execute(() -> tell(listener, next));
        }
    }

    private static void tell(LeaderListener listener, LeaderChange change) {
        try {
            listener.onLeaderChange(change);
        } catch (RuntimeException e) {
            log.warn("a leader listener failed on {}", change, e);
        }
    }
}
