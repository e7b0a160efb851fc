package io.dengine.spring.boot.autoconfigure.metrics;

import io.dengine.node.MembershipListener;
import io.dengine.node.PeerStatus;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** How far each other member is behind: one row for each, which comes and goes with it. Thread-safe. */
final class PeerLagMeters implements MeterBinder, MembershipListener {

    /** Looked up late: the node is made with its listeners, of which this is one. */
    private final Supplier<NodeLifecycle> node;

    private final List<MultiGauge> gauges = new ArrayList<>(); // one for each registry
    private Set<NodeId> members = Set.of();

    PeerLagMeters(Supplier<NodeLifecycle> node) {
        this.node = node;
    }

    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        MultiGauge gauge = MultiGauge.builder("dengine.peer.lag")
                .description("Entries the peer is behind; known at the leader only")
                .register(registry);
        gauges.add(gauge);
        fill(gauge);
    }

    @Override
    public synchronized void onMembership(long index, Membership membership) {
        members = membership.members();
        gauges.forEach(this::fill);
    }

    private void fill(MultiGauge gauge) {
        Set<NodeId> peers = new TreeSet<>(members);
        peers.remove(node.get().config().nodeId());
        List<Row<?>> rows = new ArrayList<>();
        for (NodeId peer : peers) {
            rows.add(Row.of(Tags.of("peer", peer.toString()), () -> lag(peer)));
        }
        gauge.register(rows);
    }

    private double lag(NodeId peer) {
        return node.get()
                .engine()
                .flatMap(engine -> engine.status().members().stream()
                        .filter(member -> member.nodeId().equals(peer))
                        .findFirst())
                .map(PeerStatus::lagEntries)
                .filter(lag -> lag >= 0)
                .map(Long::doubleValue)
                .orElse(Double.NaN);
    }
}
