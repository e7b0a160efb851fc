package io.dengine.node;

import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.raft.Notice;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners who leads and who belongs to the cluster, in order, and of this node itself only once it has applied all that was acknowledged in
 * earlier terms. The event loop reports; listeners are called one at a time through the callback executor. Changes and
 * registrations are queued there under one lock, so that each listener sees the changes in order and none twice.
 */
final class NodeObservers {

    private static final Logger log = LoggerFactory.getLogger(NodeObservers.class);

    private record Placed(long index, Membership membership) {}

    private final NodeId self;
    private final SerialExecutor callbacks;
    private final List<LeaderListener> leaderListeners = new CopyOnWriteArrayList<>();
    private final List<MembershipListener> membershipListeners = new CopyOnWriteArrayList<>();

    /** Those in effect that are not applied, by index. Of the event loop. */
    private final NavigableMap<Long, Membership> unapplied = new TreeMap<>();

    private volatile Placed members;
    private volatile LeaderChange current = new LeaderChange(0, null, false);
    private final AtomicLong leaderChanges = new AtomicLong();
    private long establishedTerm;
    private long establishedIndex = Long.MAX_VALUE;

    /**
     * @param appliedIndex how far the log is applied
     * @param members who belongs to the cluster as of there
     */
    NodeObservers(NodeId self, long appliedIndex, Membership members, Executor callbacks) {
        this.self = self;
        this.members = new Placed(appliedIndex, members);
        this.callbacks = new SerialExecutor(callbacks);
    }

    synchronized AutoCloseable add(LeaderListener listener) {
        leaderListeners.add(listener);
        LeaderChange now = current;
        callbacks.execute(() -> tell(listener, now));
        return () -> leaderListeners.remove(listener);
    }

    synchronized AutoCloseable addMembership(MembershipListener listener) {
        membershipListeners.add(listener);
        Placed now = members;
        callbacks.execute(() -> tell(listener, now));
        return () -> membershipListeners.remove(listener);
    }

    /** Another membership is in effect. Listeners hear of it when it is applied: until then it may be cut again. */
    void onMembership(Notice.MembershipChanged changed) {
        unapplied.tailMap(changed.index(), true).clear();
        if (changed.index() > members.index()) {
            unapplied.put(changed.index(), changed.membership());
        }
    }

    private synchronized void tellMembers(Placed next) {
        members = next;
        for (MembershipListener listener : membershipListeners) {
            callbacks.execute(() -> tell(listener, next));
        }
    }

    private static void tell(MembershipListener listener, Placed members) {
        try {
            listener.onMembership(members.index(), members.membership());
        } catch (RuntimeException e) {
            log.warn("a membership listener failed on {}", members, e);
        }
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
        while (!unapplied.isEmpty() && unapplied.firstKey() <= index) {
            Map.Entry<Long, Membership> first = unapplied.pollFirstEntry();
            tellMembers(new Placed(first.getKey(), first.getValue()));
        }
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
