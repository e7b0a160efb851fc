package io.dengine.server;

import io.dengine.node.MembershipListener;
import io.dengine.proto.compat.client.MembershipSnapshot;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members for a client of d-engine: who they are, then each change. A client that does not take one in time gets the newest
 * when it does. Thread-safe.
 */
final class CompatMembership implements MembershipListener {

    private static final Logger log = LoggerFactory.getLogger(CompatMembership.class);

    /** More than one waiting is too many. */
    private static final int MAX_UNSENT_BYTES = 1;

    private final WatchStream.Environment environment;
    private final Outbox<MembershipSnapshot, MembershipSnapshot> snapshots;
    private final AtomicReference<@Nullable MembershipSnapshot> newest = new AtomicReference<>();
    private final AtomicReference<@Nullable AutoCloseable> registration = new AtomicReference<>();
    private final Runnable ending = this::stop;

    CompatMembership(WatchStream.Environment environment, ServerCallStreamObserver<MembershipSnapshot> call) {
        this.environment = environment;
        call.setOnCancelHandler(this::abandon);
        call.setOnCloseHandler(this::abandon);
        this.snapshots = new Outbox<>(call, some -> some.get(0), 0, MAX_UNSENT_BYTES, this::proceed);
    }

    void start(Function<MembershipListener, AutoCloseable> listeners) {
        registration.set(listeners.apply(this));
        environment.streams().opened(ending);
    }

    @Override
    public void onMembership(long index, Membership membership) {
        MembershipSnapshot.Builder snapshot = MembershipSnapshot.newBuilder().setCommittedIndex(index);
        ids(membership.voters()).forEach(snapshot::addMembers);
        ids(membership.learners()).forEach(snapshot::addLearners);
        newest.set(snapshot.build());
        snapshots.turn();
    }

    private static Iterable<Integer> ids(Set<NodeId> nodes) {
        return nodes.stream().map(NodeId::value).toList();
    }

    private void proceed() {
        MembershipSnapshot snapshot = newest.getAndSet(null);
        if (snapshot != null) {
            snapshots.add(snapshot);
        }
    }

    private void stop() {
        unregister();
        snapshots.end(Status.UNAVAILABLE
                .withDescription("Membership watch stream closed: server shut down. Reconnect to re-subscribe.")
                .asRuntimeException());
    }

    private void abandon() {
        snapshots.abandon();
        environment.streams().closed(ending);
        unregister();
    }

    private void unregister() {
        AutoCloseable registered = registration.getAndSet(null);
        if (registered == null) {
            return;
        }
        try {
            registered.close();
        } catch (Exception e) {
            log.warn("a membership listener could not be removed", e);
        }
    }
}
