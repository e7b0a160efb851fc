package io.dengine.node;

import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.raft.Notice;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners who leads, in order, and of this node itself only once it has applied all that was acknowledged in
 * earlier terms. The event loop reports; listeners are called one at a time through the callback executor.
 */
final class NodeObservers {

    private static final Logger log = LoggerFactory.getLogger(NodeObservers.class);
    private static final LeaderChange NOBODY = new LeaderChange(0, null, false);

    /** One listener, until it is removed. */
    private final class Registration implements AutoCloseable {

        private final LeaderListener listener;
        private volatile boolean removed;

        Registration(LeaderListener listener) {
            this.listener = listener;
        }

        void tell(LeaderChange change) {
            if (!removed) {
                calling(change, () -> listener.onLeaderChange(change));
            }
        }

        @Override
        public void close() {
            removed = true;
            callbacks.execute(() -> leaderListeners.remove(this));
        }
    }

    private final NodeId self;
    private final SerialExecutor callbacks;

    /** This and {@link #told} are touched by callbacks alone: what a listener begins with stands in line with the changes. */
    private final List<Registration> leaderListeners = new ArrayList<>();

    private LeaderChange told = NOBODY;
    private volatile LeaderChange current = NOBODY;
    private final AtomicLong leaderChanges = new AtomicLong();
    private long establishedTerm;
    private long establishedIndex = Long.MAX_VALUE;

    NodeObservers(NodeId self, Executor callbacks) {
        this.self = self;
        this.callbacks = new SerialExecutor(callbacks);
    }

    AutoCloseable add(LeaderListener listener) {
        Registration registration = new Registration(listener);
        callbacks.execute(() -> {
            leaderListeners.add(registration);
            registration.tell(told);
        });
        return registration;
    }

    /** Tells {@code listener} of the membership, which does not change while the node runs. */
    void tell(MembershipListener listener, long index, Membership membership) {
        callbacks.execute(() -> calling(membership, () -> listener.onMembership(index, membership)));
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

    void onBroken() {
        change(new LeaderChange(current.term(), null, false));
    }

    private void change(LeaderChange next) {
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
        callbacks.execute(() -> {
            told = next;
            leaderListeners.forEach(registration -> registration.tell(next));
        });
    }

    private static void calling(Object news, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            log.warn("a listener failed on {}", news, e);
        }
    }
}
