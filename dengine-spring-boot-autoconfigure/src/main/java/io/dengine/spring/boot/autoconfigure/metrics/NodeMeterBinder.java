package io.dengine.spring.boot.autoconfigure.metrics;

import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.raft.RoleKind;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What an operator asks of the node, read when the meters are. NaN while the node is not running. */
final class NodeMeterBinder implements MeterBinder {

    private final NodeLifecycle node;

    NodeMeterBinder(NodeLifecycle node) {
        this.node = node;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bindRaft(registry);
        bindMembers(registry);
        bindLoad(registry);
    }

    private void bindRaft(MeterRegistry registry) {
        gauge(
                        "dengine.serving",
                        "Whether this node can serve: 1 or 0",
                        status -> flag(status.health() == NodeHealth.SERVING))
                .register(registry);
        for (RoleKind role : RoleKind.values()) {
            gauge("dengine.role", "Whether this node has the role: 1 or 0", status -> flag(status.role() == role))
                    .tag("role", role.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        gauge("dengine.term", "Term of the node", NodeStatus::term).register(registry);
        FunctionCounter.builder("dengine.leader.changes", node, n -> {
                    double changes = read(n, NodeStatus::leaderChanges);
                    return Double.isNaN(changes) ? 0 : changes;
                })
                .description("Changes of leader seen since the node started")
                .register(registry);
        gauge("dengine.commit.index", "Last log index known to be committed", NodeStatus::commitIndex)
                .register(registry);
        gauge("dengine.applied.index", "Last log index applied", NodeStatus::lastApplied)
                .register(registry);
        gauge("dengine.log.index", "Last log index", NodeStatus::lastIndex).register(registry);
        gauge("dengine.revision", "Revision of the store", NodeStatus::revision).register(registry);
    }

    private void bindMembers(MeterRegistry registry) {
        gauge("dengine.voters", "Members that vote", status -> count(status, true))
                .register(registry);
        gauge("dengine.learners", "Members without a vote", status -> count(status, false))
                .register(registry);
        gauge(
                        "dengine.quarantined",
                        "Whether the state differs from that of a majority and is fetched anew: 1 or 0",
                        status -> flag(status.health() == NodeHealth.QUARANTINED))
                .register(registry);
    }

    private void bindLoad(MeterRegistry registry) {
        gauge("dengine.pending.proposals", "Writes that wait for an answer", NodeStatus::pendingProposals)
                .register(registry);
        gauge("dengine.pending.reads", "Linearizable reads that wait for an answer", NodeStatus::pendingReads)
                .register(registry);
        gauge("dengine.watches", "Open watches", NodeStatus::watches).register(registry);
        gauge("dengine.watch.lag", "Most revisions that any watch is behind", NodeStatus::watchLagRevisions)
                .register(registry);
        gauge("dengine.watch.history", "Past changes kept for watches", NodeStatus::historyEvents)
                .register(registry);
        gauge("dengine.log.size", "Size of the log on disk", NodeStatus::logBytes)
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("dengine.state.size", "Approximate size of the key-value table", NodeStatus::stateBytes)
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
    }

    private Gauge.Builder<NodeLifecycle> gauge(String name, String description, ToDoubleFunction<NodeStatus> value) {
        return Gauge.builder(name, node, n -> read(n, value)).description(description);
    }

    private static double read(@Nullable NodeLifecycle node, ToDoubleFunction<NodeStatus> value) {
        return node == null
                ? Double.NaN
                : node.engine()
                        .map(engine -> value.applyAsDouble(engine.status()))
                        .orElse(Double.NaN);
    }

    private static double flag(boolean value) {
        return value ? 1 : 0;
    }

    private static double count(NodeStatus status, boolean voters) {
        return status.members().stream()
                .filter(member -> member.voter() == voters)
                .count();
    }
}
