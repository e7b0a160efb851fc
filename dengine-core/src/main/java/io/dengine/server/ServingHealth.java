package io.dengine.server;

import io.dengine.node.NodeHealth;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.List;
import java.util.function.Supplier;

/** Says by {@code grpc.health.v1} whether the node can serve, for the server as a whole and for each service alike. Of one thread. */
final class ServingHealth {

    private final HealthStatusManager statuses = new HealthStatusManager();
    private final List<String> services;
    private final Supplier<NodeHealth> health;
    private boolean serving;

    ServingHealth(List<String> services, Supplier<NodeHealth> health) {
        this.services = services;
        this.health = health;
        tell(ServingStatus.NOT_SERVING);
    }

    BindableService service() {
        return statuses.getHealthService();
    }

    /** Looks at the node. */
    void update() {
        boolean now = health.get() == NodeHealth.SERVING;
        if (now != serving) {
            serving = now;
            tell(now ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
        }
    }

    /** From now on nothing serves, whatever the node does. Any thread. */
    void end() {
        statuses.enterTerminalState();
    }

    private void tell(ServingStatus status) {
        statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        services.forEach(service -> statuses.setStatus(service, status));
    }
}
