package io.dengine.spring.boot.autoconfigure.health;

import io.dengine.DEngine;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import java.util.Optional;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * UP only while this node can serve. Fit for readiness, never for liveness: restarting a process because its cluster has
 * no quorum makes that worse.
 */
final class NodeHealthIndicator extends AbstractHealthIndicator {

    private final NodeLifecycle node;

    NodeHealthIndicator(NodeLifecycle node) {
        super("dengine health check failed");
        this.node = node;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        Optional<DEngine> engine = node.engine();
        if (engine.isEmpty()) {
            builder.down().withDetail("state", "STOPPED");
            return;
        }
        NodeStatus status = engine.get().status();
        builder.status(status.health() == NodeHealth.SERVING ? "UP" : "DOWN")
                .withDetail("state", status.health())
                .withDetail("node", status.nodeId().value())
                .withDetail("cluster", status.clusterName())
                .withDetail("role", status.role())
                .withDetail("term", status.term())
                .withDetail("commitIndex", status.commitIndex())
                .withDetail("lastApplied", status.lastApplied())
                .withDetail("durability", status.durability())
                .withDetail("disk", disk(status.health()));
        if (status.leader() != null) {
            builder.withDetail("leader", status.leader().value());
        }
        if (!status.detail().isEmpty()) {
            builder.withDetail("detail", status.detail());
        }
    }

    private static String disk(NodeHealth health) {
        return switch (health) {
            case SERVING, NO_LEADER -> "ok";
            case DISK_STALLED -> "stalled";
            case DISK_FULL -> "full";
            case QUARANTINED, FAILED, CLOSED -> "unknown";
        };
    }
}
