package io.dengine.spring.boot.autoconfigure.health;

import io.dengine.DEngineClient;
import io.dengine.client.grpc.ClusterView;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * UP while a node of the cluster answers and knows a leader. Fit for readiness, never for liveness: a restart of this
 * process brings no cluster back.
 */
final class ClientHealthIndicator extends AbstractHealthIndicator {

    /** A health check must not take as long as a request may. */
    private static final long TIMEOUT_SECONDS = 2;

    private final DEngineClient client;

    ClientHealthIndicator(DEngineClient client) {
        super("dengine health check failed");
        this.client = client;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws InterruptedException {
        try {
            ClusterView cluster = client.cluster().view().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            builder.status(cluster.leader() == null ? "DOWN" : "UP")
                    .withDetail("state", cluster.leader() == null ? "NO_LEADER" : "SERVING")
                    .withDetail("cluster", cluster.clusterName())
                    .withDetail("term", cluster.term())
                    .withDetail("members", cluster.members().size())
                    .withDetail("toldBy", cluster.toldBy().value());
            if (cluster.leader() != null) {
                builder.withDetail("leader", cluster.leader().value());
            }
        } catch (ExecutionException e) {
            builder.down().withDetail("state", "UNREACHABLE").withDetail("detail", String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            builder.down().withDetail("state", "UNREACHABLE").withDetail("detail", "no node answers");
        }
    }
}
